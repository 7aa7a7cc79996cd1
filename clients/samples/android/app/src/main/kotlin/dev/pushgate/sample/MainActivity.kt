// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample

import android.Manifest
import android.app.Activity
import android.content.Intent
import android.os.Build
import android.os.Bundle

/** The activity that clicks open. */
class MainActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        if (Build.VERSION.SDK_INT >= 33) requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 1)
        // An activity that is made anew has the intent of the click again; a report counts once all the same.
        if (savedInstanceState == null) follow(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        follow(intent)
    }

    private fun follow(intent: Intent) {
        Pushes.onOpened(this, intent)
        intent.dataString?.let(::showPage)
    }

    /** Show what a deep link such as `shop://sale` names. */
    private fun showPage(link: String) {
        title = link
    }
}
