// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import com.vivo.push.PushClient
import com.vivo.push.PushConfig
import com.vivo.push.sdk.OpenClientPushMessageReceiver
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

/** vivo Push. vivo itself reports arrivals. The app's id and key are in the manifest. */
object VivoSdk : VendorSdk {
    override val vendor = Vendor.VIVO

    override fun isSupported(context: Context) = PushClient.getInstance(context).isSupport

    override fun requestToken(context: Context) {
        val client = PushClient.getInstance(context)
        client.initialize(PushConfig.Builder().agreePrivacyStatement(true).build())
        client.turnOnPush { state ->
            val token = client.regId
            if (state == 0 && !token.isNullOrEmpty()) Pushes.onToken(context, PushToken(vendor, token))
        }
    }
}

class VivoReceiver : OpenClientPushMessageReceiver() {
    override fun onReceiveRegId(context: Context, registrationId: String) =
        Pushes.onToken(context, PushToken(Vendor.VIVO, registrationId))
}
