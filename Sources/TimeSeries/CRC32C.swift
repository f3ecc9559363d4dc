/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds every flip of one bit and every burst of up to 32 bits.
///
/// Eight bytes at a time through eight tables of 256 words (M. Kounavis and F. Berry, "Novel Table Lookup-Based Algorithms for
/// High-Performance CRC Generation").
package enum CRC32C {
    package static func of(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { table in
            var crc = ~start
            var index = 0
            while bytes.count - index >= 8 {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
                crc =
                    table[1792 + Int(word & 255)] ^ table[1536 + Int(word >> 8 & 255)] ^ table[1280 + Int(word >> 16 & 255)]
                    ^ table[1024 + Int(word >> 24 & 255)] ^ table[768 + Int(word >> 32 & 255)]
                    ^ table[512 + Int(word >> 40 & 255)] ^ table[256 + Int(word >> 48 & 255)] ^ table[Int(word >> 56)]
                index += 8
            }
            while index < bytes.count {
                crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[index])) & 255)]
                index += 1
            }
            return ~crc
        }
    }

    package static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }

    /// Table k, at k * 256, holds what a byte followed by k zero bytes gives.
    private static let tables: [UInt32] = {
        var table = [UInt32](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            table[byte] = crc
        }
        for index in 256..<2048 {
            let before = table[index - 256]
            table[index] = before >> 8 ^ table[Int(before & 255)]
        }
        return table
    }()
}
