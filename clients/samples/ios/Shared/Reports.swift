// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import Foundation

/// Reports of received and clicked pushes, which wait on the phone until Pushgate takes them. The extension writes
/// reports of its own kind alone, so that the two processes do not write over one another.
actor Reports {
    enum Kind: String, CaseIterable {
        case received
        case click
    }

    static let shared = Reports()
    private static let maxWaiting = 500
    private let gateway = Gateway()
    private let store = SharedStore()

    /// Report a push by what came with it, and send what waits. A push of another sender is passed over.
    func report(_ kind: Kind, _ userInfo: [AnyHashable: Any]) async {
        guard let token = userInfo["pushgate"] as? String else { return }
        let terminal = await Installation.shared.terminal
        var waiting = waiting(kind)
        waiting.append(["token": token, "terminal": terminal])
        keep(kind, Array(waiting.suffix(Self.maxWaiting)))
        await send(kind)
    }

    /// Send the reports of a kind that wait. Call it at each start, too.
    func send(_ kind: Kind) async {
        let reports = waiting(kind)
        guard !reports.isEmpty else { return }
        let path = "v1/callbacks/\(kind.rawValue)"
        do {
            var answer = try await gateway.call("POST", path, credential: store.read("secret"), json: reports)
            // A secret that holds no longer proves nothing; most apps take reports without one.
            if answer.status == 401 { answer = try await gateway.call("POST", path, credential: nil, json: reports) }
            // Reports that are refused for good need not be sent again. Those that came meanwhile wait on.
            if !answer.isPassing { keep(kind, Array(waiting(kind).dropFirst(reports.count))) }
        } catch {
            // There is no connection: the next report or start sends them.
        }
    }

    private func waiting(_ kind: Kind) -> [[String: String]] {
        let data = Data((store.read(kind.rawValue) ?? "[]").utf8)
        return (try? JSONDecoder().decode([[String: String]].self, from: data)) ?? []
    }

    private func keep(_ kind: Kind, _ reports: [[String: String]]) {
        let data = try? JSONEncoder().encode(reports)
        store.write(kind.rawValue, data.flatMap { String(data: $0, encoding: .utf8) })
    }
}
