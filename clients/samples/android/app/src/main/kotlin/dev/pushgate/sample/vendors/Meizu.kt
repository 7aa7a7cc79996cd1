// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import android.os.Build
import com.meizu.cloud.pushsdk.MzPushMessageReceiver
import com.meizu.cloud.pushsdk.PushManager
import com.meizu.cloud.pushsdk.platform.message.RegisterStatus
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

private const val APP_ID = "your app id"
private const val APP_KEY = "your app key"

/** Flyme Push. Meizu itself reports arrivals and clicks. */
object MeizuSdk : VendorSdk {
    override val vendor = Vendor.MEIZU

    override fun isSupported(context: Context) = Vendor.MEIZU in Vendor.candidates(Build.MANUFACTURER, Build.BRAND)

    override fun requestToken(context: Context) = PushManager.register(context, APP_ID, APP_KEY)
}

class MeizuReceiver : MzPushMessageReceiver() {
    override fun onRegisterStatus(context: Context, status: RegisterStatus?) {
        val token = status?.pushId ?: return
        Pushes.onToken(context, PushToken(Vendor.MEIZU, token))
    }
}
