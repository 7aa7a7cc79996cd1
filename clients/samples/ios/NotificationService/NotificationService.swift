// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import UserNotifications

/// Runs before an alert with `mutable-content` 1 is shown, for about 30 s, also while the app is not running: reports
/// the push, and attaches its image.
final class NotificationService: UNNotificationServiceExtension {
    private var show: ((UNNotificationContent) -> Void)?
    private var content: UNMutableNotificationContent?
    private var work: Task<Void, Never>?

    override func didReceive(
        _ request: UNNotificationRequest,
        withContentHandler show: @escaping (UNNotificationContent) -> Void
    ) {
        guard let content = request.content.mutableCopy() as? UNMutableNotificationContent else {
            return show(request.content)
        }
        self.show = show
        self.content = content
        work = Task {
            async let reported: Void = Reports.shared.report(.received, content.userInfo)
            if let text = content.userInfo["image"] as? String, let url = URL(string: text),
                let image = await attachment(url)
            {
                content.attachments = [image]
            }
            await reported
            finish()
        }
    }

    /// The time is up: show what there is. A report that was not sent waits for the next push.
    override func serviceExtensionTimeWillExpire() {
        work?.cancel()
        finish()
    }

    private func finish() {
        if let content { show?(content) }
        show = nil
    }

    private func attachment(_ url: URL) async -> UNNotificationAttachment? {
        guard let (file, response) = try? await URLSession.shared.download(from: url) else { return nil }
        // The ending of the name tells the kind of the picture.
        let name = response.suggestedFilename ?? url.lastPathComponent
        let named = file.deletingLastPathComponent().appendingPathComponent("\(UUID().uuidString)-\(name)")
        guard (try? FileManager.default.moveItem(at: file, to: named)) != nil else { return nil }
        return try? UNNotificationAttachment(identifier: "image", url: named)
    }
}
