package dev.pushgate.sample.gateway

/** Texts that last as long as the app is installed. On Android they are sealed by the Keystore. */
interface Store {
    /** Return a text, null where there is none. */
    fun read(name: String): String?

    /** Keep a text; null removes it. */
    fun write(name: String, text: String?)
}
