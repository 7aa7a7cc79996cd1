// Not built by this repository's tests: the Android Gradle plugin and the vendors' SDKs come from repositories of Google
// and of the vendors. The module `gateway` is plain Kotlin, which the tests compile with its pom.xml and run.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
        maven("https://developer.huawei.com/repo/")
        maven("https://developer.hihonor.com/repo")
    }
}

rootProject.name = "pushgate-sample"
include(":app")
