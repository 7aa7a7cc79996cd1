// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample

import android.content.Context
import android.content.Intent
import android.os.Build
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.workDataOf
import dev.pushgate.sample.gateway.Gateway
import dev.pushgate.sample.gateway.Installation
import dev.pushgate.sample.gateway.PushToken
import dev.pushgate.sample.gateway.Reports
import dev.pushgate.sample.gateway.Store
import dev.pushgate.sample.gateway.Vendor
import dev.pushgate.sample.vendors.FcmSdk
import dev.pushgate.sample.vendors.HonorSdk
import dev.pushgate.sample.vendors.HuaweiSdk
import dev.pushgate.sample.vendors.MeizuSdk
import dev.pushgate.sample.vendors.OppoSdk
import dev.pushgate.sample.vendors.VendorSdk
import dev.pushgate.sample.vendors.VivoSdk
import dev.pushgate.sample.vendors.XiaomiSdk
import dev.pushgate.sample.vendors.xiaomiData
import java.util.concurrent.TimeUnit

/** Pushes in this app: one vendor, one registration, and reports that wait for a connection. */
object Pushes {
    private const val GATEWAY = "https://push.example"
    private val sdks: Map<Vendor, VendorSdk> =
        listOf(FcmSdk, HuaweiSdk, HonorSdk, XiaomiSdk, OppoSdk, VivoSdk, MeizuSdk).associateBy { it.vendor }

    /** Ask the phone's vendor for a push token: at each start, for tokens change. */
    fun start(context: Context) {
        val candidates = Vendor.candidates(Build.MANUFACTURER, Build.BRAND).mapNotNull(sdks::get)
        candidates.firstOrNull { it.isSupported(context) }?.requestToken(context)
        schedule(context, null)
    }

    /** The vendor gave a token. It is told to Pushgate as soon as there is a connection. */
    fun onToken(context: Context, token: PushToken) = schedule(context, token)

    /** A push came while the app could run. `data` is what came with it. */
    fun onReceived(context: Context, data: Map<String, String>) {
        if (reports(context).received(data)) schedule(context, null)
    }

    /** A click opened an activity with this intent. */
    fun onOpened(context: Context, intent: Intent) {
        val extras = intent.extras ?: return
        val data = extras.keySet().mapNotNull { name -> extras.getString(name)?.let { name to it } }.toMap()
        if (reports(context).clicked(data + xiaomiData(intent))) schedule(context, null)
    }

    fun installation(context: Context) = Installation(gateway, store(context))

    fun reports(context: Context) = Reports(gateway, installation(context), store(context))

    private val gateway = Gateway(GATEWAY)

    private fun store(context: Context): Store = SealedStore.of(context)

    /** Have [GatewayWorker] run once there is a connection, again and again until it succeeds. */
    private fun schedule(context: Context, token: PushToken?) {
        val name = if (token == null) "pushgate-reports" else "pushgate-token"
        val work =
            OneTimeWorkRequestBuilder<GatewayWorker>()
                .setInputData(workDataOf("vendor" to token?.vendor?.name, "token" to token?.text))
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 10, TimeUnit.SECONDS)
                .build()
        WorkManager.getInstance(context).enqueueUniqueWork(name, ExistingWorkPolicy.REPLACE, work)
    }
}
