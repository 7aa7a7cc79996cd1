// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import com.heytap.msp.push.HeytapPushManager
import com.heytap.msp.push.callback.ICallBackResultService
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

private const val APP_KEY = "your app key"
private const val APP_SECRET = "your app secret"

/** OPPO Push, also of OnePlus and realme. OPPO itself reports arrivals. */
object OppoSdk : VendorSdk {
    override val vendor = Vendor.OPPO

    override fun isSupported(context: Context): Boolean {
        HeytapPushManager.init(context, false)
        return HeytapPushManager.isSupportPush(context)
    }

    override fun requestToken(context: Context) {
        HeytapPushManager.register(context, APP_KEY, APP_SECRET, OppoResults(context.applicationContext))
        // Notifications are off by default.
        HeytapPushManager.requestNotificationPermission()
    }
}

private class OppoResults(private val app: Context) : ICallBackResultService {
    override fun onRegister(code: Int, registrationId: String?, packageName: String?, miniPackageName: String?) {
        if (code == 0 && registrationId != null) Pushes.onToken(app, PushToken(Vendor.OPPO, registrationId))
    }

    override fun onUnRegister(code: Int, packageName: String?, miniPackageName: String?) = Unit

    override fun onSetPushTime(code: Int, text: String?) = Unit

    override fun onGetPushStatus(code: Int, status: Int) = Unit

    override fun onGetNotificationStatus(code: Int, status: Int) = Unit

    override fun onError(code: Int, text: String?, packageName: String?, miniPackageName: String?) = Unit
}
