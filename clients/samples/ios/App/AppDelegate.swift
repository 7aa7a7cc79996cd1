// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import UIKit
import UserNotifications

/// Registers for pushes at each start, reports clicks, and opens what a click asks for.
@main
final class AppDelegate: UIResponder, UIApplicationDelegate, UNUserNotificationCenterDelegate {
    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions options: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        let center = UNUserNotificationCenter.current()
        center.delegate = self
        center.requestAuthorization(options: [.alert, .badge, .sound]) { _, _ in }
        // Tokens change: ask at each start.
        application.registerForRemoteNotifications()
        Task { await Reports.shared.send(.click) }
        return true
    }

    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken token: Data) {
        Task {
            do {
                try await Installation.shared.update(token: token) { try await Backend.registrationToken() }
            } catch {
                // The next start tries again.
            }
        }
    }

    /// A background push names a notification that the user clicked on another device. Needs the background mode
    /// "Remote notifications".
    func application(
        _ application: UIApplication,
        didReceiveRemoteNotification userInfo: [AnyHashable: Any]
    ) async -> UIBackgroundFetchResult {
        guard let name = userInfo["pushgate_remove"] as? String else { return .noData }
        let center = UNUserNotificationCenter.current()
        let shown = await center.deliveredNotifications().first { $0.request.identifier == name }
        // Another message with the same collapse key may be shown by now. The callback token is
        // "<app>.<message>.<signature>".
        if let message = userInfo["pushgate_message"] as? String,
            let token = shown?.request.content.userInfo["pushgate"] as? String,
            !token.contains(".\(message).")
        {
            return .noData
        }
        center.removeDeliveredNotifications(withIdentifiers: [name])
        return .newData
    }

    /// A push came while the app is in front: the extension has reported it.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter,
        willPresent notification: UNNotification
    ) async -> UNNotificationPresentationOptions {
        [.banner, .sound, .badge]
    }

    /// The user clicked a push.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter,
        didReceive response: UNNotificationResponse
    ) async {
        guard response.actionIdentifier != UNNotificationDismissActionIdentifier else { return }
        let userInfo = response.notification.request.content.userInfo
        if let text = userInfo["url"] as? String, let url = URL(string: text) {
            await UIApplication.shared.open(url)
        }
        await Reports.shared.report(.click, userInfo)
    }
}

/// The app's own backend, which knows who is signed in.
enum Backend {
    /// Ask for a registration token: the backend calls `POST /v1/registration-tokens`.
    static func registrationToken() async throws -> String {
        fatalError("call your backend")
    }
}
