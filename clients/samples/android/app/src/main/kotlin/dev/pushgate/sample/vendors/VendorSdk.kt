// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample.vendors

import android.content.Context
import dev.pushgate.sample.gateway.Vendor

/** A vendor's SDK in this app. Tokens go to `Pushes.onToken`, now or later, and again when they change. */
interface VendorSdk {
    val vendor: Vendor

    /** Whether the vendor's service works on this phone. */
    fun isSupported(context: Context): Boolean

    fun requestToken(context: Context)
}
