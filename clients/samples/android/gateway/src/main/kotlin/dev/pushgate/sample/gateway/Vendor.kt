package dev.pushgate.sample.gateway

/** A push vendor of Android phones. */
enum class Vendor(
    /** Its name in Pushgate's API. */
    val apiName: String,
    /** What `Build.MANUFACTURER` or `Build.BRAND` says on its phones, in lower case. */
    private val makers: Set<String>,
) {
    HUAWEI("huawei", setOf("huawei")),
    HONOR("honor", setOf("honor", "hihonor")),
    XIAOMI("xiaomi", setOf("xiaomi", "redmi", "poco", "blackshark")),
    OPPO("oppo", setOf("oppo", "oneplus", "realme")),
    VIVO("vivo", setOf("vivo", "iqoo")),
    MEIZU("meizu", setOf("meizu")),
    FCM("fcm", emptySet()),
    ;

    companion object {
        /**
         * The vendors to try on a phone, in this order: the maker's own channel, whose pushes arrive while the app is
         * not running, then FCM, which needs Google's services.
         */
        fun candidates(manufacturer: String, brand: String): List<Vendor> {
            // Honor phones of before 2021 name Huawei as their maker, and use its channel.
            val names = listOf(manufacturer, brand).map { it.trim().lowercase() }
            val own = entries.filter { vendor -> names.any { it in vendor.makers } }
            return own.sortedBy { names.indexOfFirst { name -> name in it.makers } } + FCM
        }
    }
}

/** Where a vendor finds this installation. */
data class PushToken(val vendor: Vendor, val text: String)
