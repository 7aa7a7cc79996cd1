// Not compiled by this repository's tests, which have neither the Android SDK nor the vendor's: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import androidx.core.app.NotificationManagerCompat
import com.google.android.gms.common.ConnectionResult
import com.google.android.gms.common.GoogleApiAvailability
import com.google.firebase.messaging.FirebaseMessaging
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import dev.pushgate.sample.Pushes
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Vendor

/** FCM. Needs `google-services.json` in the folder of the app. */
object FcmSdk : VendorSdk {
    override val vendor = Vendor.FCM

    override fun isSupported(context: Context) =
        GoogleApiAvailability.getInstance().isGooglePlayServicesAvailable(context) == ConnectionResult.SUCCESS

    override fun requestToken(context: Context) {
        val app = context.applicationContext
        FirebaseMessaging.getInstance().token.addOnSuccessListener { Pushes.onToken(app, PushToken(vendor, it)) }
    }
}

class FcmService : FirebaseMessagingService() {
    override fun onNewToken(token: String) = Pushes.onToken(this, PushToken(Vendor.FCM, token))

    /**
     * Runs for data messages, and for notifications while the app is in front: elsewhere nobody learns of them. One that
     * names a notification removes it, because the user clicked on another device; FCM shows notifications with the id 0. What
     * FCM shows does not tell its message, so a later one with the same collapse key goes, too.
     */
    override fun onMessageReceived(message: RemoteMessage) {
        val removed = message.data["pushgate_remove"]
        if (removed == null) Pushes.onReceived(this, message.data)
        else NotificationManagerCompat.from(this).cancel(removed, 0)
    }
}
