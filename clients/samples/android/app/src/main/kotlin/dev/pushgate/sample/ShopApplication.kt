// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample

import android.app.Application

/** Begins with pushes at each start of the process. */
class ShopApplication : Application() {
    override fun onCreate() {
        super.onCreate()
        Pushes.start(this)
    }
}
