// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import com.hihonor.push.sdk.HonorMessageService
import com.hihonor.push.sdk.HonorPushCallback
import com.hihonor.push.sdk.HonorPushClient
import com.hihonor.push.sdk.HonorPushDataMsg
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

/** Honor Push. The app's id is in the manifest. */
object HonorSdk : VendorSdk {
    override val vendor = Vendor.HONOR

    override fun isSupported(context: Context) = HonorPushClient.getInstance().checkSupportHonorPush(context)

    override fun requestToken(context: Context) {
        val app = context.applicationContext
        HonorPushClient.getInstance().init(app, true)
        HonorPushClient.getInstance().getPushToken(
            object : HonorPushCallback<String> {
                override fun onSuccess(token: String) = Pushes.onToken(app, PushToken(vendor, token))

                /** The next start asks again. */
                override fun onFailure(code: Int, text: String?) = Unit
            },
        )
    }
}

class HonorService : HonorMessageService() {
    override fun onNewToken(token: String) = Pushes.onToken(this, PushToken(Vendor.HONOR, token))

    override fun onMessageReceived(message: HonorPushDataMsg) = Pushes.onReceived(this, toMap(message.data))
}
