"""Maven, which compiles the Android sample's part that needs no Android."""

import shutil

BUILD_CLASSPATH = "org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath"


def find() -> bool:
    """Whether Maven and a Java compiler are installed."""
    return all(map(shutil.which, ("mvn", "javac")))
