plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "dev.pushgate.sample"
    compileSdk = 35
    defaultConfig {
        applicationId = "com.example.shop"
        minSdk = 24
        targetSdk = 35
    }
    // The part that knows no Android.
    sourceSets["main"].kotlin.srcDir("../gateway/src/main/kotlin")
    buildFeatures { buildConfig = true }
}

dependencies {
    implementation("com.squareup.okhttp3:okhttp:5.3.2")
    implementation("androidx.core:core-ktx:1.15.0")
    implementation("androidx.security:security-crypto:1.1.0")
    implementation("androidx.work:work-runtime-ktx:2.10.0")
    // Leave out what your app is not distributed for, and its file in `vendors`.
    implementation("com.google.firebase:firebase-messaging:25.0.0")
    implementation("com.huawei.hms:push:6.7.0.300")
    implementation("com.hihonor.mcs:push:7.0.61.303")
    // Downloaded from the consoles of Xiaomi, OPPO, vivo and Meizu.
    implementation(fileTree("libs") { include("*.aar") })
}
