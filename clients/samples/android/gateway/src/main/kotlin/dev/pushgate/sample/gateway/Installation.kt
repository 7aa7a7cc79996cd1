package dev.pushgate.sample.gateway

import java.util.UUID
import org.json.JSONObject

/** What the app says of itself when it registers. */
data class Details(val language: String, val timezone: String, val appVersion: String)

/**
 * This installation at Pushgate: registers with a token that the app's backend asked for, and acts with the device
 * secret from then on. Calls block, and throw IOException where no answer comes, Refused where Pushgate refuses.
 */
class Installation(private val gateway: Gateway, private val store: Store) {
    /** The id under which this installation is registered, made once. */
    val terminal: String
        @Synchronized get() = store.read(TERMINAL) ?: begin()

    /** Proves who this is; null before the registration. */
    val secret: String? get() = store.read(SECRET)

    /**
     * Register, with a registration token of the backend: when a user signs in, and when [update] returns false.
     */
    @Synchronized
    fun register(token: PushToken, details: Details, registrationToken: String) {
        val body = toJson(token, details)
        var answer = put(body, registrationToken)
        if (answer.status == 409) {
            // The id is somebody else's by now, or its secret is lost: begin as a new installation.
            begin()
            answer = put(body, registrationToken)
        }
        if (!answer.isSuccess) throw Refused(answer)
        // Each answer has a new secret; the one before holds until this one is first used.
        store.write(SECRET, answer.body.getString("device_secret"))
        store.write(REGISTERED, body.toString())
    }

    /**
     * Tell Pushgate what changed: at each start, and when the vendor gives a new token. Returns false where the app
     * has to register first, with a new registration token.
     */
    @Synchronized
    fun update(token: PushToken, details: Details): Boolean {
        val credential = secret ?: return false
        val body = toJson(token, details)
        if (store.read(REGISTERED) == body.toString()) return true
        val answer = gateway.call("PATCH", path(), credential, body.toString())
        if (answer.status == 401) {
            store.write(SECRET, null)
            return false
        }
        if (!answer.isSuccess) throw Refused(answer)
        store.write(REGISTERED, body.toString())
        return true
    }

    /** Log the user out: pushes to the user no longer reach this phone. */
    @Synchronized
    fun signOut() = act("PATCH", """{"user":null}""")

    /** Have Pushgate forget this installation. */
    @Synchronized
    fun forget() {
        act("DELETE", null)
        listOf(TERMINAL, SECRET, REGISTERED).forEach { store.write(it, null) }
    }

    private fun act(method: String, body: String?) {
        val answer = gateway.call(method, path(), secret ?: return, body)
        if (!answer.isSuccess && answer.status != 401) throw Refused(answer)
    }

    private fun begin(): String {
        val id = UUID.randomUUID().toString()
        store.write(SECRET, null)
        store.write(TERMINAL, id)
        return id
    }

    private fun path() = "/v1/devices/$terminal"

    private fun put(body: JSONObject, registrationToken: String): Answer {
        val whole = JSONObject(body.toString())
        secret?.let { whole.put("device_secret", it) }
        return gateway.call("PUT", path(), registrationToken, whole.toString())
    }

    private fun toJson(token: PushToken, details: Details) =
        JSONObject()
            .put("vendor", token.vendor.apiName)
            .put("token", token.text)
            .put("language", details.language)
            .put("timezone", details.timezone)
            .put("app_version", details.appVersion)

    private companion object {
        const val TERMINAL = "terminal"
        const val SECRET = "secret"
        const val REGISTERED = "registered"
    }
}
