// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import Foundation

/// This installation at Pushgate: registers with a token that the app's backend asked for, and acts with the device
/// secret from then on.
actor Installation {
    static let shared = Installation()
    private let gateway = Gateway()
    private let store = SharedStore()

    /// The id under which this installation is registered, made once.
    var terminal: String { store.read("terminal") ?? begin() }

    /// Tell Pushgate the push token, the language and the time zone: at each start. Registers where Pushgate does not
    /// know this installation, and always with `isNewUser`. `registrationToken` asks the app's backend for one.
    func update(
        token: Data,
        isNewUser: Bool = false,
        registrationToken: () async throws -> String
    ) async throws {
        let details: [String: String] = [
            "vendor": "apns",
            "token": token.map { String(format: "%02x", $0) }.joined(),
            "language": Locale.preferredLanguages.first ?? "en",
            "timezone": TimeZone.current.identifier,
            "app_version": Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String ?? "",
        ]
        if !isNewUser, let secret = store.read("secret") {
            let answer = try await gateway.call("PATCH", path(), credential: secret, json: details)
            if answer.isSuccess { return }
            guard answer.status == 401 else { throw answer.error }
            store.write("secret", nil)
        }
        try await register(details, token: try await registrationToken())
    }

    /// Log the user out: pushes to the user no longer reach this phone.
    func signOut() async throws {
        guard let secret = store.read("secret") else { return }
        let answer = try await gateway.call("PATCH", path(), credential: secret, json: ["user": NSNull()])
        guard answer.isSuccess || answer.status == 401 else { throw answer.error }
    }

    private func register(_ details: [String: String], token: String) async throws {
        var answer = try await put(details, token: token)
        if answer.status == 409 {
            // The id is somebody else's by now, or its secret is lost: begin as a new installation.
            _ = begin()
            answer = try await put(details, token: token)
        }
        guard answer.isSuccess, let secret = answer.body["device_secret"] as? String else { throw answer.error }
        // Each answer has a new secret; the one before holds until this one is first used.
        store.write("secret", secret)
    }

    private func put(_ details: [String: String], token: String) async throws -> Gateway.Answer {
        var body = details
        body["device_secret"] = store.read("secret")
        return try await gateway.call("PUT", path(), credential: token, json: body)
    }

    private func path() -> String { "v1/devices/\(terminal)" }

    private func begin() -> String {
        let id = UUID().uuidString.lowercased()
        store.write("secret", nil)
        store.write("terminal", id)
        return id
    }
}
