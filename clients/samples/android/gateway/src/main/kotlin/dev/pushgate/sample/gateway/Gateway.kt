package dev.pushgate.sample.gateway

import java.io.IOException
import java.util.concurrent.TimeUnit
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import org.json.JSONException
import org.json.JSONObject

/** What Pushgate answered. `code` names a problem, "" where there is none. */
class Answer(val status: Int, val body: JSONObject) {
    val isSuccess get() = status in 200..299
    val code: String get() = body.optString("code", "")

    /** Whether the same call may succeed later. */
    val isPassing get() = status == 408 || status == 429 || status >= 500
}

/** Pushgate refused a call. */
class Refused(val answer: Answer) : IOException("Pushgate answered ${answer.status} ${answer.code}".trim())

/** Pushgate at an address such as `https://push.example`. Its calls block: make them off the main thread. */
class Gateway(address: String) {
    private val address = address.trimEnd('/')
    private val http = OkHttpClient.Builder().callTimeout(30, TimeUnit.SECONDS).build()

    /** Call the API. Throws IOException where no answer comes. */
    fun call(method: String, path: String, credential: String?, body: String?): Answer {
        val request = Request.Builder().url(address + path).method(method, body?.toRequestBody(JSON))
        credential?.let { request.header("Authorization", "Bearer $it") }
        http.newCall(request.build()).execute().use { response ->
            return Answer(response.code, toJson(response.body.string()))
        }
    }

    /** Answers of proxies need not be JSON. */
    private fun toJson(text: String) =
        try {
            JSONObject(text.ifEmpty { "{}" })
        } catch (_: JSONException) {
            JSONObject()
        }

    private companion object {
        val JSON = "application/json".toMediaType()
    }
}
