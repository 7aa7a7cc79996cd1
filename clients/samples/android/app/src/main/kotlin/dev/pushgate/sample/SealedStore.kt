// Not compiled by this repository's tests, which have no Android SDK: its syntax is checked.
package dev.pushgate.sample

import android.content.Context
import android.content.SharedPreferences
import androidx.security.crypto.EncryptedSharedPreferences
import androidx.security.crypto.MasterKey
import dev.pushgate.sample.gateway.Store

/** Keeps the device secret sealed by a key of the Keystore. */
class SealedStore private constructor(private val preferences: SharedPreferences) : Store {
    override fun read(name: String): String? = preferences.getString(name, null)

    override fun write(name: String, text: String?) = preferences.edit().putString(name, text).apply()

    companion object {
        @Volatile private var opened: SealedStore? = null

        fun of(context: Context): SealedStore = opened ?: synchronized(this) { opened ?: open(context).also { opened = it } }

        private fun open(context: Context): SealedStore {
            val app = context.applicationContext
            val key = MasterKey.Builder(app).setKeyScheme(MasterKey.KeyScheme.AES256_GCM).build()
            return SealedStore(
                EncryptedSharedPreferences.create(
                    app,
                    "pushgate",
                    key,
                    EncryptedSharedPreferences.PrefKeyEncryptionScheme.AES256_SIV,
                    EncryptedSharedPreferences.PrefValueEncryptionScheme.AES256_GCM,
                ),
            )
        }
    }
}
