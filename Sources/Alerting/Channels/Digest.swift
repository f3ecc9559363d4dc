import COpenSSL

/// SHA-256 and its keyed form, in lower-case hexadecimal.
enum Digest {
    static func sha256(_ bytes: [UInt8]) -> String {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        let done = EVP_Digest(bytes, bytes.count, &output, &length, EVP_sha256(), nil)
        precondition(done == 1, "OpenSSL has no SHA-256")
        return hex(output.prefix(Int(length)))
    }

    static func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> String {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        let done = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &output, &length)
        precondition(done != nil, "OpenSSL has no HMAC-SHA-256")
        return hex(output.prefix(Int(length)))
    }

    /// Whether two texts are the same, in a time that does not tell where they differ.
    static func isEqual(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
