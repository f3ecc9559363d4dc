import Foundation
import Testing

@testable import Ledger

@Suite struct JSONReaderTests {
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func whatFoundationWritesIsReadBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let signs = Array("a\"\\/\n\r\t\u{8}\u{c}\0\u{1f}ü€🚒}, ")
        func text() -> String {
            String((0..<Int.random(in: 0...12, using: &generator)).map { _ in signs.randomElement(using: &generator)! })
        }
        let texts = Dictionary((0..<8).map { _ in (text(), text()) }) { a, _ in a }
        let numbers = (0..<5).map { _ in Int64.random(in: .min ... .max, using: &generator) } + [.min, .max, 0]
        let written = try jsonText(texts)
        #expect(try JSONReader.read(written) { try $0.texts() } == texts, "seed \(seed): \(written)")
        #expect(try JSONReader.read(try jsonText(numbers)) { try $0.array { try $0.integer() } } == numbers)
        let spaced = try JSONSerialization.data(withJSONObject: texts, options: [.prettyPrinted])
        #expect(try JSONReader.read(String(decoding: spaced, as: UTF8.self)) { try $0.texts() } == texts, "seed \(seed)")
    }

    @Test func valuesThatNobodyAskedForArePassedOver() throws {
        let text = #"{"new":{"a":[1,-2.5e3,true,null,"]}"],"b":{}},"since":7,"newer":[]}"#
        var since: Int64?
        try JSONReader.read(text) { reader in
            try reader.object { reader, name in
                if name == "since" { since = try reader.integer() } else { try reader.skipValue() }
            }
        }
        #expect(since == 7)
    }

    @Test func bothHalvesOfACharacterAreOne() throws {
        #expect(try JSONReader.read(#""\ud83d\ude92\u00e9""#) { try $0.string() } == "🚒é")
    }

    @Test(arguments: [
        ("", "its JSON cannot be read at byte 0: { is wanted"),
        ("{", "its JSON cannot be read at byte 1: \" is wanted"),
        (#"{"a"}"#, "its JSON cannot be read at byte 4: : is wanted"),
        (#"{"a":1}"#, "its JSON cannot be read at byte 5: \" is wanted"),
        (#"{"a":"b""#, "its JSON cannot be read at byte 8: } is wanted"),
        (#"{"a":"b"}}"#, "its JSON cannot be read at byte 9: something follows the value"),
        (#"{"a":"b\"#, "its JSON cannot be read at byte 8: a text does not end"),
        (#"{"a":"b\x"}"#, "its JSON cannot be read at byte 9: an unknown escape"),
        (#"{"a":"\ud83d?"}"#, "its JSON cannot be read at byte 12: half a character"),
        (#"{"a":"\u12"}"#, "its JSON cannot be read at byte 8: four hexadecimal digits are wanted"),
    ])
    func whatIsNoJSONIsTold(_ text: String, _ sentence: String) {
        let problem = #expect(throws: CellProblem.self) { try JSONReader.read(text) { try $0.texts() } }
        #expect(problem?.why == sentence)
    }
}
