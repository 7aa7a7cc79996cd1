// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import com.huawei.hms.aaid.HmsInstanceId
import com.huawei.hms.api.ConnectionResult
import com.huawei.hms.api.HuaweiApiAvailability
import com.huawei.hms.common.ApiException
import com.huawei.hms.push.HmsMessageService
import com.huawei.hms.push.RemoteMessage
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor
import kotlin.concurrent.thread
import org.json.JSONObject

private const val APP_ID = "your app id"

/** HMS Push Kit. Huawei itself reports that notifications arrived. */
object HuaweiSdk : VendorSdk {
    override val vendor = Vendor.HUAWEI

    override fun isSupported(context: Context) =
        HuaweiApiAvailability.getInstance().isHuaweiMobileServicesAvailable(context) == ConnectionResult.SUCCESS

    override fun requestToken(context: Context) {
        val app = context.applicationContext
        // The call blocks.
        thread {
            try {
                val token = HmsInstanceId.getInstance(app).getToken(APP_ID, "HCM")
                // It may be empty: then the service below is given one.
                if (!token.isNullOrEmpty()) Pushes.onToken(app, PushToken(vendor, token))
            } catch (_: ApiException) {
                // The next start asks again.
            }
        }
    }
}

class HuaweiService : HmsMessageService() {
    override fun onNewToken(token: String?) {
        if (!token.isNullOrEmpty()) Pushes.onToken(this, PushToken(Vendor.HUAWEI, token))
    }

    /** Runs for data messages, while the process can be reached. */
    override fun onMessageReceived(message: RemoteMessage) = Pushes.onReceived(this, toMap(message.data))
}

/** The data of a push, which comes as the text of a JSON object. */
internal fun toMap(json: String?): Map<String, String> {
    val found = runCatching { JSONObject(json ?: "") }.getOrNull() ?: return emptyMap()
    return found.keys().asSequence().associateWith { found.getString(it) }
}
