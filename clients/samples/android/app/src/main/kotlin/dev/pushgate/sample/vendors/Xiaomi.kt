// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.app.Application
import android.content.Context
import android.content.Intent
import android.os.Build
import com.xiaomi.mipush.sdk.MiPushClient
import com.xiaomi.mipush.sdk.MiPushCommandMessage
import com.xiaomi.mipush.sdk.MiPushMessage
import com.xiaomi.mipush.sdk.PushMessageHelper
import com.xiaomi.mipush.sdk.PushMessageReceiver
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

private const val APP_ID = "your app id"
private const val APP_KEY = "your app key"

/** Mi Push. Xiaomi itself reports arrivals and clicks; reports of the app are the same to Pushgate. */
object XiaomiSdk : VendorSdk {
    override val vendor = Vendor.XIAOMI

    /** The SDK runs on every phone, but only those of Xiaomi receive while the app does not run. */
    override fun isSupported(context: Context) = Vendor.XIAOMI in Vendor.candidates(Build.MANUFACTURER, Build.BRAND)

    override fun requestToken(context: Context) {
        // The SDK has a process of its own, which must not register.
        if (Build.VERSION.SDK_INT >= 28 && Application.getProcessName() != context.packageName) return
        MiPushClient.registerPush(context, APP_ID, APP_KEY)
    }
}

class XiaomiReceiver : PushMessageReceiver() {
    override fun onReceiveRegisterResult(context: Context, message: MiPushCommandMessage) {
        if (message.command != MiPushClient.COMMAND_REGISTER) return
        val token = message.commandArguments?.firstOrNull() ?: return
        Pushes.onToken(context, PushToken(Vendor.XIAOMI, token))
    }

    /** Runs while the process lives. */
    override fun onNotificationMessageArrived(context: Context, message: MiPushMessage) =
        Pushes.onReceived(context, toMap(message.content))
}

/** The data of a push of Xiaomi in the intent that its click made; nothing in other intents. */
@Suppress("DEPRECATION")
internal fun xiaomiData(intent: Intent): Map<String, String> =
    toMap((intent.getSerializableExtra(PushMessageHelper.KEY_MESSAGE) as? MiPushMessage)?.content)
