// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample

import android.content.Context
import androidx.work.Worker
import androidx.work.WorkerParameters
import dev.pushgate.sample.gateway.Details
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Refused
import dev.pushgate.sample.gateway.Vendor
import java.io.IOException
import java.util.Locale
import java.util.TimeZone

/** Calls Pushgate off the main thread, also after the app was left. */
class GatewayWorker(context: Context, parameters: WorkerParameters) : Worker(context, parameters) {
    override fun doWork(): Result =
        try {
            given()?.let(::tell)
            if (Pushes.reports(applicationContext).send()) Result.success() else Result.retry()
        } catch (error: Refused) {
            if (error.answer.isPassing) Result.retry() else Result.failure()
        } catch (_: IOException) {
            Result.retry()
        }

    private fun given(): PushToken? {
        val vendor = inputData.getString("vendor") ?: return null
        return PushToken(Vendor.valueOf(vendor), inputData.getString("token") ?: return null)
    }

    private fun tell(token: PushToken) {
        val zone = TimeZone.getDefault().id
        val details = Details(Locale.getDefault().toLanguageTag(), zone, BuildConfig.VERSION_NAME)
        val installation = Pushes.installation(applicationContext)
        if (!installation.update(token, details)) {
            installation.register(token, details, Backend.registrationToken())
        }
    }
}

/** The app's own backend, which knows who is signed in. */
object Backend {
    /** Ask for a registration token: the backend calls `POST /v1/registration-tokens`. Throws IOException. */
    fun registrationToken(): String = TODO("call your backend")
}
