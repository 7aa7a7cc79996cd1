// Not compiled by this repository's tests, which have no Swift compiler: its syntax is checked.
import Foundation
import Security

/// Texts that the app and its notification service extension share: they are in one keychain access group.
struct SharedStore {
    static let accessGroup = "ABCDE12345.com.example.shop.shared"
    private static let service = "pushgate"

    func read(_ name: String) -> String? {
        var query = attributes(name)
        query[kSecReturnData as String] = true
        var found: CFTypeRef?
        guard SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess, let data = found as? Data else {
            return nil
        }
        return String(data: data, encoding: .utf8)
    }

    /// Keep a text; nil removes it.
    func write(_ name: String, _ text: String?) {
        SecItemDelete(attributes(name) as CFDictionary)
        guard let text else { return }
        var item = attributes(name)
        item[kSecValueData as String] = Data(text.utf8)
        // The extension runs while the phone is locked.
        item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        SecItemAdd(item as CFDictionary, nil)
    }

    private func attributes(_ name: String) -> [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: Self.service,
            kSecAttrAccount as String: name,
            kSecAttrAccessGroup as String: Self.accessGroup,
        ]
    }
}
