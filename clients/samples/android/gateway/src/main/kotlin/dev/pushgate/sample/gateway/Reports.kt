package dev.pushgate.sample.gateway

import java.io.IOException
import org.json.JSONArray
import org.json.JSONObject

/** Reports of received and clicked pushes, which wait on the phone until Pushgate takes them. */
class Reports(private val gateway: Gateway, private val installation: Installation, private val store: Store) {
    /** Note that a push came. `data` is what came with it; returns false for a push of another sender. */
    fun received(data: Map<String, String>) = note("received", data)

    /** Note that a push was clicked: the data of the intent that opened the activity. */
    fun clicked(data: Map<String, String>) = note("click", data)

    /** Send the reports that wait; returns whether none waits on. Call it after each report and at each start. */
    @Synchronized
    fun send(): Boolean =
        KINDS.all { kind ->
            val waiting = waiting(kind)
            val isDone = waiting.isEmpty || isDone(kind, waiting)
            if (isDone) store.write(kind, null)
            isDone
        }

    @Synchronized
    private fun note(kind: String, data: Map<String, String>): Boolean {
        val token = data[CALLBACK_TOKEN] ?: return false
        val waiting = waiting(kind)
        if (waiting.any { (it as JSONObject).getString("token") == token }) return true
        waiting.put(JSONObject().put("token", token).put("terminal", installation.terminal))
        while (waiting.length() > MAX_WAITING) waiting.remove(0)
        store.write(kind, waiting.toString())
        return true
    }

    private fun waiting(kind: String) = JSONArray(store.read(kind) ?: "[]")

    /** Whether these reports need not be sent again: they are taken, or refused for good. */
    private fun isDone(kind: String, reports: JSONArray): Boolean =
        try {
            val path = "/v1/callbacks/$kind"
            var answer = gateway.call("POST", path, installation.secret, reports.toString())
            // A secret that holds no longer proves nothing; most apps take reports without one.
            if (answer.status == 401) answer = gateway.call("POST", path, null, reports.toString())
            !answer.isPassing
        } catch (_: IOException) {
            false
        }

    private companion object {
        /** The key of the callback token in a push's data. */
        const val CALLBACK_TOKEN = "pushgate"
        const val MAX_WAITING = 500
        val KINDS = listOf("received", "click")
    }
}
