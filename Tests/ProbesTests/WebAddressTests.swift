import Testing

@testable import Probes

@Suite("Web addresses")
struct WebAddressTests {
    @Test(
        "What is shown has no secret in it",
        arguments: [
            ("https://API.example.com", "https://api.example.com/"),
            ("http://user:pass@host:8080/a/b?token=1#x", "http://host:8080/a/b"),
            ("https://a@b@host/", "https://host/"), ("HTTP://[::1]:81/x?y", "http://[::1]:81/x"),
            ("http://h?q=/@x", "http://h/"),
        ])
    func shown(_ text: String, _ shown: String) throws {
        #expect(try WebAddress(text).shown == shown)
    }

    @Test(
        "What is no address",
        arguments: [
            ("ftp://host/", "an address starts with http:// or https://"),
            ("file:///etc/passwd", "an address starts with http:// or https://"),
            ("http://", "the address has no host"), ("http://:80/", "the address has no host"),
            ("http://[::1/", "the address has no host"),
            ("http://h:0/", "a port is a number from 1 to 65535"), ("http://h:http/", "a port is a number from 1 to 65535"),
            ("http://[::1]x/", "a port follows a colon"),
            ("http://a b/", "an address has no spaces, control characters or letters beyond ASCII: write them as %XX"),
            ("http://h/\r\nX: y", "an address has no spaces, control characters or letters beyond ASCII: write them as %XX"),
        ])
    func wrong(_ text: String, _ sentence: String) {
        #expect(throws: WebAddress.Wrong(sentence: sentence)) { try WebAddress(text) }
    }
}
