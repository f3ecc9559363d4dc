internal import CCurl
internal import Model

/// One HTTP exchange, redirects included, and the libcurl handle that carries it. Handles are reused: a new one costs about 20
/// allocations. Confined to the loop's thread.
final class Exchange {
    let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var finished: (@Sendable (TransferReply) -> Void)?

    private(set) var request = HTTPRequest(url: Secret(""), timeout: .zero)
    /// The plain request that the handle was last set up for; nil after any other.
    private var present: HTTPRequest?
    private(set) var deadline = Uptime(nanoseconds: 0)
    /// In the loop's list of active exchanges.
    var place = 0
    /// Counted among the transfers over TLS.
    var isSecure = false
    /// libcurl's multi handle has it.
    var isAdded = false

    private var body: [UInt8] = []
    private var head: [UInt8] = []
    private var headBytes = 0
    private var headLimit = 0
    private var isBodyCut = false
    private var isHeadCut = false
    /// The empty line after the headers came.
    private var isHeadWhole = false
    private var redirects = 0
    /// Seconds of the requests before this one.
    private var before = 0.0

    init?() {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    static func of(_ easy: UnsafeMutableRawPointer) -> Exchange {
        var context: UnsafeMutableRawPointer?
        monitord_get_pointer(easy, CURLINFO_PRIVATE, &context)
        guard let context else { preconditionFailure("every handle of ours knows its exchange") }
        return Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    }

    func take(
        _ request: HTTPRequest, finished: @escaping @Sendable (TransferReply) -> Void, deadline: Uptime, headerLimit: Int
    ) {
        self.request = request
        self.finished = finished
        self.deadline = deadline
        headLimit = headerLimit
        redirects = 0
        before = 0
        clear()
    }

    /// Forgets the request; what it answered to is returned.
    func release() -> (@Sendable (TransferReply) -> Void)? {
        defer {
            finished = nil
            request = HTTPRequest(url: Secret(""), timeout: .zero)
            clear()
        }
        return finished
    }

    private func clear() {
        body = []
        head = []
        headBytes = 0
        isBodyCut = false
        isHeadCut = false
        errorText[0] = 0
    }

    // MARK: Before

    /// Sets the handle up for the next request; an error is ours.
    func prepare(remaining: Duration, limits: TransferLimits) -> TransferError? {
        clear()
        if !isSetUp(for: request) {
            setUp(limits)
            present = request.isPlain ? request : nil
        }
        monitord_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, Int((remaining.microseconds + 999) / 1000)))
        if let limit = request.connectTimeout {
            monitord_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(limit.microseconds / 1000)))
        }
        let address = monitord_set_text(easy, CURLOPT_URL, request.url.reveal())
        return address == CURLE_OK ? nil : TransferError(.setup, "libcurl has no memory for a transfer")
    }

    /// The handle has every option as this request wants it, but for the address and the time.
    private func isSetUp(for request: HTTPRequest) -> Bool {
        guard let present, request.isPlain else { return false }
        return present.isFresh == request.isFresh && present.method == request.method
            && (present.connectTimeout == nil) == (request.connectTimeout == nil)
    }

    private func setUp(_ limits: TransferLimits) {
        curl_easy_reset(easy)
        let context = Unmanaged.passUnretained(self).toOpaque()
        monitord_set_pointer(easy, CURLOPT_PRIVATE, context)
        monitord_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        monitord_set_write(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        monitord_set_pointer(easy, CURLOPT_WRITEDATA, context)
        monitord_set_write(easy, CURLOPT_HEADERFUNCTION, receiveHead)
        monitord_set_pointer(easy, CURLOPT_HEADERDATA, context)
        monitord_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        monitord_set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        setSafety(easy, timeout: request.timeout, limits: limits)
        monitord_set_text(easy, CURLOPT_USERAGENT, "monitord")
        if let path = request.unixSocket { monitord_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, path) }
        setFreshness()
        setMethod()
        setHeaders()
        if request.isSecure { setTLS(easy, request.tls, defaultCAFile: limits.caFile) }
    }

    /// A request that changes something goes out on a connection of its own even where that was not asked for: libcurl silently
    /// sends it again when a reused connection turns out to be closed.
    private func setFreshness() {
        guard request.isFresh || !["GET", "HEAD"].contains(request.method) else { return }
        monitord_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        monitord_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        // A resumed session shows no certificate and measures half a handshake.
        monitord_set_long(easy, CURLOPT_SSL_SESSIONID_CACHE, 0)
        if request.wantsCertificates { monitord_set_long(easy, CURLOPT_CERTINFO, 1) }
    }

    private func setMethod() {
        switch request.method {
        case "GET" where request.body.isEmpty: break
        case "HEAD": monitord_set_long(easy, CURLOPT_NOBODY, 1)
        default:
            if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
                monitord_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                if request.body.isEmpty {
                    monitord_set_text(easy, CURLOPT_COPYPOSTFIELDS, "")
                } else {
                    _ = request.body.withUnsafeBytes { bytes in
                        monitord_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress)
                    }
                }
            }
            if request.method != "POST" { monitord_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method) }
        }
    }

    private func setHeaders() {
        curl_slist_free_all(headerList)
        headerList = nil
        var hasContentType = false
        var hasExpect = false
        for header in request.headers {
            let name = header.name.lowercased()
            let value = header.value.reveal()
            if name == "accept-encoding" {
                // libcurl sends the header itself, and then decodes what it knows.
                monitord_set_text(easy, CURLOPT_ACCEPT_ENCODING, value)
                continue
            }
            if name == "content-type" { hasContentType = true }
            if name == "expect" { hasExpect = true }
            // A header without a value is written with a semicolon; with a colon libcurl would drop it.
            headerList = curl_slist_append(headerList, value.isEmpty ? "\(header.name);" : "\(header.name): \(value)")
        }
        if request.method != "GET", request.method != "HEAD" {
            if !hasContentType { headerList = curl_slist_append(headerList, "Content-Type:") }
            if !hasExpect { headerList = curl_slist_append(headerList, "Expect:") }
        }
        if headerList != nil { monitord_set_list(easy, CURLOPT_HTTPHEADER, headerList) }
    }

    // MARK: During

    fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= request.maxBodyBytes else {
            body.append(contentsOf: bytes.prefix(request.maxBodyBytes - body.count))
            isBodyCut = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    fileprivate func receive(head bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= headLimit else {
            isHeadCut = true
            return false
        }
        // An interim reply, or one before authentication: only the last one counts.
        if bytes.first == UInt8(ascii: "H"), bytes.starts(with: "HTTP/".utf8) { head.removeAll(keepingCapacity: true) }
        if head.isEmpty { head.reserveCapacity(512) }
        isHeadWhole = bytes.count <= 2 && bytes.last == UInt8(ascii: "\n") || isHeadWhole && !head.isEmpty
        head.append(contentsOf: bytes)
        return true
    }

    // MARK: After

    /// The request has not come past the look-up of its host's name.
    var isLookingUp: Bool {
        easy.microseconds(CURLINFO_NAMELOOKUP_TIME_T) == 0 && easy.number(CURLINFO_NUM_CONNECTS) == 0 && needsLookup
    }

    var needsLookup: Bool {
        guard request.unixSocket == nil, let address = WebAddress(request.url.reveal()) else { return false }
        return address.needsLookup
    }

    /// The absolute address that the reply leads to.
    var redirectTarget: String? {
        guard [301, 302, 303, 307, 308].contains(easy.number(CURLINFO_RESPONSE_CODE)) else { return nil }
        return easy.text(CURLINFO_REDIRECT_URL)
    }

    /// Turns the request into the one that a redirect asks for.
    func follow(_ target: String, status: Int, after seconds: Double) -> TransferError? {
        guard redirects < request.maxRedirects else {
            return TransferError(.tooManyRedirects, "still redirected after \(redirects) redirects, which is the limit")
        }
        guard let new = WebAddress(target), new.scheme == "http" || new.scheme == "https" else {
            let scheme = target.prefix { $0 != ":" }.prefix(16)
            return TransferError(.protocol, "redirected to a \(scheme) address: only http and https are followed")
        }
        if WebAddress(request.url.reveal()) != new { request.headers = [] }
        if status == 303 && request.method != "HEAD" || status < 303 && request.method == "POST" {
            request.method = "GET"
            request.body = []
            request.headers.removeAll { ["content-type", "content-length"].contains($0.name.lowercased()) }
        }
        request.url = Secret(target)
        if request.problem != nil { return TransferError(.protocol, "redirected to an address that is none") }
        redirects += 1
        before = seconds
        return nil
    }

    /// The deadline passed before this request was sent.
    var late: TransferReply {
        let waited = request.timeout.short
        guard redirects > 0 else {
            return TransferReply(error: TransferError(.descriptors, "waited \(waited) before it could be started"))
        }
        let error = TransferError(.timeout, "no time was left of \(waited) to follow a redirect", code: 28)
        return TransferReply(error: error, mayHaveArrived: true)
    }

    func reply(_ result: CURLcode) -> TransferReply {
        var reply = TransferReply(status: easy.number(CURLINFO_RESPONSE_CODE), body: body)
        body = []
        reply.timings = easy.timings
        reply.timings.redirects = before
        reply.timings.total += before
        reply.head = head
        head = []
        reply.redirects = redirects
        reply.remoteAddress = easy.text(CURLINFO_PRIMARY_IP) ?? ""
        reply.httpVersion = reply.status == 0 ? 0 : easy.httpVersion
        reply.mayHaveArrived = easy.microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0 || easy.number(CURLINFO_REQUEST_SIZE) > 0
        if reply.status >= 300 {
            let seconds = easy.size(CURLINFO_RETRY_AFTER)
            let longest = 366 * 86_400
            if seconds > 0 {
                reply.retryAfter = Duration.seconds(min(seconds, longest))
            } else if let text = reply.header("Retry-After"), text.count > 10, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
                // More seconds than libcurl can count.
                reply.retryAfter = Duration.seconds(longest)
            }
        }
        if request.wantsCertificates {
            reply.certificates = easy.presentedChain
            reply.certificateExpires = reply.certificates.map(\.notAfter).min()
        }
        // To libcurl a reply that breaks off within its headers is a reply without a body.
        let isBroken = result == CURLE_OK && reply.status != 0 && !isHeadWhole
        if result != CURLE_OK || isBroken { reply.error = error(isBroken ? CURLE_PARTIAL_FILE : result, reply) }
        return reply
    }

    private func error(_ result: CURLcode, _ reply: TransferReply) -> TransferError {
        if isBodyCut { return TransferError(.tooLarge, "the body has more than \(request.maxBodyBytes) bytes", code: 23) }
        if isHeadCut { return TransferError(.tooLarge, "the headers have more than \(headLimit) bytes", code: 23) }
        return CurlFailure(
            code: Int(result.rawValue), easy: easy, text: String(cString: errorText),
            place: request.unixSocket ?? WebAddress(request.url.reveal())?.place ?? "the address",
            limit: reply.timings.connect == 0
                ? min(request.connectTimeout ?? request.timeout, request.timeout) : request.timeout,
            caFile: request.tls.caFile
        ).error
    }
}

extension HTTPRequest {
    /// Nothing but an address without credentials is asked for: the next such request differs in address and time only, and setting
    /// the handle up anew, forty calls, would be for nothing.
    fileprivate var isPlain: Bool {
        (method == "GET" || method == "HEAD") && headers.isEmpty && body.isEmpty && unixSocket == nil && !wantsCertificates
            && !isSecure && !url.reveal().utf8.contains(UInt8(ascii: "@"))
    }
}

private let receiveBody: curl_write_callback = { bytes, size, count, context in
    guard let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    return exchange.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private let receiveHead: curl_write_callback = { bytes, size, count, context in
    guard let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    return exchange.receive(head: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}
