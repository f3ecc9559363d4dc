import Foundation
import GRDB
import Model

// Nested values stand in a row as JSON that a person can read: keys in the order of the alphabet, times as whole microseconds.

func json(_ value: some Encodable) throws -> DatabaseValue { try jsonText(value).databaseValue }

func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.userInfo = [.wholeMicroseconds: true]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func fromJSON<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    let decoder = JSONDecoder()
    decoder.userInfo = [.wholeMicroseconds: true]
    return try decoder.decode(type, from: Data(text.utf8))
}

/// A field of a row that most rows leave at its default. Only where it differs it stands, under its name, in the JSON of the column
/// `more`: a field is added with one line, and rows that do not have it stay as they are.
struct MoreField<Row>: Sendable {
    let name: String
    let isDefault: @Sendable (Row) -> Bool
    let write: @Sendable (Row, inout KeyedEncodingContainer<MoreName>) throws -> Void
    let read: @Sendable (inout Row, KeyedDecodingContainer<MoreName>) throws -> Void

    init<Value: Codable & Equatable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Row, Value> & Sendable, default usual: Value
    ) {
        self.name = name
        let key = MoreName(stringValue: name)
        isDefault = { $0[keyPath: path] == usual }
        write = { row, container in try container.encode(row[keyPath: path], forKey: key) }
        read = { row, container in
            if container.contains(key) { row[keyPath: path] = try container.decode(Value.self, forKey: key) }
        }
    }

    /// A field that is nil in most rows.
    init<Value: Codable & Equatable & Sendable>(_ name: String, _ path: any WritableKeyPath<Row, Value?> & Sendable) {
        self.init(name, path, default: nil)
    }
}

struct MoreName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension StoredRow {
    /// The text of the column `more`: empty where every field has its default.
    var moreText: String {
        get throws {
            guard Self.more.contains(where: { !$0.isDefault(self) }) else { return "" }
            return try jsonText(MoreContent(row: self))
        }
    }

    mutating func readMore(_ text: String) throws {
        guard !text.isEmpty else { return }
        let names = try fromJSON(MoreNames.self, text)
        for field in Self.more { try field.read(&self, names.container) }
    }
}

private struct MoreContent<Row: StoredRow>: Encodable {
    let row: Row
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MoreName.self)
        for field in Row.more where !field.isDefault(row) { try field.write(row, &container) }
    }
}

private struct MoreNames: Decodable {
    let container: KeyedDecodingContainer<MoreName>
    init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: MoreName.self) }
}
