// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import Foundation

/// Pushgate refused a call. `code` says what, for programs.
struct Refused: Error {
    let status: Int
    let code: String
}

/// Pushgate at its address.
struct Gateway {
    static let address = URL(string: "https://push.example")!

    struct Answer {
        let status: Int
        let body: [String: Any]

        var isSuccess: Bool { (200..<300).contains(status) }
        /// Whether the same call may succeed later.
        var isPassing: Bool { status == 408 || status == 429 || status >= 500 }
        var error: Refused { Refused(status: status, code: body["code"] as? String ?? "") }
    }

    /// Call the API. Throws URLError where no answer comes.
    func call(_ method: String, _ path: String, credential: String?, json: Any?) async throws -> Answer {
        var request = URLRequest(url: Self.address.appendingPathComponent(path), timeoutInterval: 20)
        request.httpMethod = method
        if let credential { request.setValue("Bearer \(credential)", forHTTPHeaderField: "Authorization") }
        if let json {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: json)
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        // Answers of proxies need not be JSON.
        let body = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: body ?? [:])
    }
}
