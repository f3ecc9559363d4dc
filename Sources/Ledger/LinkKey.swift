import GRDB
package import Model

extension Ledger {
    /// The key that signs links in messages: 256 random bits, made at the first start and kept with the ledger, so that links of
    /// before a restart are known after it. It is shown nowhere.
    package func linkKey() throws(LedgerError) -> Secret {
        try access("the key of links cannot be read") { writer in
            try writer.queue.inDatabase { db in
                var key = ""
                try db.inTransaction(.immediate) {
                    key = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'link_key'") ?? ""
                    if key.isEmpty {
                        key = Ledger.newLinkKey()
                        try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('link_key', ?)", arguments: [key])
                    }
                    return .commit
                }
                return Secret(key)
            }
        }
    }

    /// 64 hexadecimal digits from the system's generator, which is fit for keys.
    package static func newLinkKey() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let word = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }
}
