import Testing

@testable import Probes

@Suite("JSON of a target")
struct JSONTests {
    @Test(
        "What is JSON",
        arguments: [
            ("null", .null), (" [1, -0.5e2 , {}]\n", .array([.number(1), .number(-50), .object([:])])),
            (#"{"a": {"b": [true, false]}}"#, .object(["a": .object(["b": .array([.bool(true), .bool(false)])])])),
            (#""\u00e9\ud83d\ude00\n\/""#, .string("é😀\n/")), (#"{"a": 1, "a": 2}"#, .object(["a": .number(2)])),
        ] as [(String, JSONValue)])
    func valid(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(Array(text.utf8)) == expected)
    }

    @Test(
        "What is not, and where",
        arguments: [
            ("", "it is empty"), ("[1,]", "no value begins at byte 3"), ("[1", "no \",\" or \"]\" at byte 2"),
            ("{1: 2}", "no key begins at byte 1"), ("{\"a\" 1}", "no \":\" at byte 5"),
            ("01", "something follows the value at byte 1"),
            ("1.", "no digit at byte 2"), ("nul", "no value begins at byte 0"), ("\"a", "a string does not end at byte 2"),
            ("\"\u{1}\"", "a control character stands in a string at byte 1"),
            (#""\ud800""#, "half of a surrogate pair at byte 7"),
            (#""\ud800\u0041""#, "half of a surrogate pair at byte 13"), (#""\udc00""#, "half of a surrogate pair at byte 7"),
            (#""\x""#, "an unknown escape at byte 3"), (#""\u12g4""#, "no four hexadecimal digits at byte 5"),
            ("1e999", "a number out of range ends at byte 5"), ("[", "it ends where a value is expected, at byte 1"),
            ("NaN", "no value begins at byte 0"), ("[1] x", "something follows the value at byte 4"),
        ])
    func invalid(_ text: String, _ sentence: String) {
        #expect(throws: JSONError(sentence: sentence)) { try JSONValue(Array(text.utf8)) }
    }

    @Test("A document as deep as a million brackets is refused, not followed")
    func deep() throws {
        #expect(throws: JSONError(sentence: "nested deeper than 64 levels at byte 65")) {
            try JSONValue(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        let deepest = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        _ = try JSONValue(Array(deepest.utf8))
    }

    @Test("A string that is not UTF-8 is refused")
    func notUTF8() {
        #expect(throws: JSONError(sentence: "a string that is not UTF-8 ends at byte 3")) { try JSONValue([0x22, 0xC3, 0x22]) }
    }

    @Test(
        "Paths that are none",
        arguments: [
            ("status", "a path starts with $, as in $.status"), ("$status", "a step starts with . or ["),
            ("$.", "a name of letters, digits, _ and - follows each dot; other names stand in ['…']"),
            ("$..a", "a name of letters, digits, _ and - follows each dot; other names stand in ['…']"),
            ("$.a[-1]", "an index counts from 0; negative ones are not supported"),
            ("$[99999999999999999999]", "[ ] holds an index or a name in quotes"),
            ("$[*]", "[ ] holds an index or a name in quotes"),
            ("$[0", "a [ has no ]"), ("$['a]", "a name in [ ] does not end its quotes"),
        ])
    func wrongPaths(_ text: String, _ sentence: String) {
        #expect(throws: JSONPath.Wrong(sentence: sentence)) { try JSONPath(text) }
    }
}
