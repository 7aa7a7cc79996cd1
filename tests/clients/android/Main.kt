package dev.pushgate.sample.gateway

/** The sample's gateway module, driven by lines: a command each, answered by a line. */
fun main(arguments: Array<String>) {
    val store = MemoryStore()
    var address = arguments[0]
    while (true) {
        val words = readlnOrNull()?.split(' ') ?: return
        if (words[0] == "address") address = words[1]
        println(answer(words, Gateway(address), store))
    }
}

private val DETAILS = Details("zh-Hans", "Asia/Shanghai", "1.2.3")

private fun answer(words: List<String>, gateway: Gateway, store: Store): Any {
    val installation = Installation(gateway, store)
    val reports = Reports(gateway, installation, store)
    return when (words[0]) {
        "register" -> {
            installation.register(PushToken(Vendor.FCM, words[1]), DETAILS, words[2])
            installation.terminal
        }
        "update" -> installation.update(PushToken(Vendor.FCM, words[1]), DETAILS)
        "received" -> reports.received(mapOf("pushgate" to words[1]))
        "clicked" -> reports.clicked(mapOf("pushgate" to words[1]))
        "other" -> reports.received(mapOf("title" to words[1]))
        "send" -> reports.send()
        "sign-out" -> installation.signOut()
        "forget" -> installation.forget()
        "candidates" -> Vendor.candidates(words[1], words[2]).joinToString(",") { it.apiName }
        else -> "done"
    }
}

private class MemoryStore : Store {
    private val texts = mutableMapOf<String, String>()

    override fun read(name: String) = texts[name]

    override fun write(name: String, text: String?) {
        if (text == null) texts.remove(name) else texts[name] = text
    }
}
