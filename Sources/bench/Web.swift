import CCurl
import Glibc

/// One blocking request by libcurl: how a benchmark asks, and the bare round trip that it compares with.
final class Web {
    private let easy: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    fileprivate var body: [UInt8] = []

    init() throws {
        guard let easy = curl_easy_init() else { throw Trouble("libcurl cannot be initialised") }
        self.easy = easy
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
    }

    /// The body of the reply; nil where there was none, or another status than 2xx.
    func get(_ url: String) -> [UInt8]? {
        curl_easy_reset(easy)
        return perform(url)
    }

    /// The same after a POST of JSON.
    func post(_ url: String, _ json: [UInt8]) -> [UInt8]? {
        curl_easy_reset(easy)
        if headers == nil { headers = curl_slist_append(nil, "Content-Type: application/json") }
        monitord_set_list(easy, CURLOPT_HTTPHEADER, headers)
        monitord_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(json.count))
        return json.withUnsafeBytes { bytes in
            monitord_set_pointer(easy, CURLOPT_POSTFIELDS, bytes.baseAddress)
            return perform(url)
        }
    }

    private func perform(_ url: String) -> [UInt8]? {
        body.removeAll(keepingCapacity: true)
        monitord_set_text(easy, CURLOPT_URL, url)
        monitord_set_text(easy, CURLOPT_PROXY, "")
        monitord_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        monitord_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        monitord_set_long(easy, CURLOPT_TIMEOUT_MS, 10_000)
        monitord_set_write(easy, CURLOPT_WRITEFUNCTION, keepBody)
        monitord_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        guard curl_easy_perform(easy) == CURLE_OK else { return nil }
        var status = 0
        monitord_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status / 100 == 2 ? body : nil
    }
}

private let keepBody: curl_write_callback = { bytes, size, count, context in
    guard let context else { return 0 }
    Unmanaged<Web>.fromOpaque(context).takeUnretainedValue().body +=
        UnsafeRawBufferPointer(start: bytes, count: size * count)
    return size * count
}
