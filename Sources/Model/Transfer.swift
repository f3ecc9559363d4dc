/// What the transfer engine is asked to do, and what came of it. Values only: probes and channels are pure against them.
package struct Header: Sendable, Hashable {
    package var name: String
    package var value: Secret
    package init(_ name: String, _ value: Secret) {
        self.name = name
        self.value = value
    }
    package init(_ name: String, _ value: String) { self.init(name, Secret(value)) }
}

package struct TLSOptions: Sendable, Hashable {
    /// A PEM bundle that replaces the system's.
    package var caFile: String?
    package var verifies: Bool
    package init(caFile: String? = nil, verifies: Bool = true) {
        self.caFile = caFile
        self.verifies = verifies
    }
}

package struct HTTPRequest: Sendable, Hashable {
    package var method: String
    /// A secret, for a webhook's whole address is one.
    package var url: Secret
    package var headers: [Header]
    package var body: [UInt8]
    /// The whole exchange, redirects included.
    package var timeout: Duration
    package var connectTimeout: Duration?
    /// 0 does not follow. Where scheme, host or port change, the configured headers are dropped.
    package var maxRedirects: Int
    /// After decoding. More is an error; the rest is not read.
    package var maxBodyBytes: Int
    package var tls: TLSOptions
    /// A new connection that is not kept. Required for every send that must not be repeated by the library.
    package var isFresh: Bool
    /// A Unix socket to connect to instead of the address's host.
    package var unixSocket: String?
    /// Report when the presented chain expires.
    package var wantsCertificates: Bool

    package init(
        method: String = "GET", url: Secret, headers: [Header] = [], body: [UInt8] = [], timeout: Duration,
        connectTimeout: Duration? = nil, maxRedirects: Int = 0, maxBodyBytes: Int = 1 << 20, tls: TLSOptions = TLSOptions(),
        isFresh: Bool = true, unixSocket: String? = nil, wantsCertificates: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxRedirects = maxRedirects
        self.maxBodyBytes = maxBodyBytes
        self.tls = tls
        self.isFresh = isFresh
        self.unixSocket = unixSocket
        self.wantsCertificates = wantsCertificates
    }
}

/// One SMTP transaction with one recipient.
package struct Mail: Sendable, Hashable {
    package enum Encryption: String, Sendable, Hashable, CaseIterable {
        /// STARTTLS or nothing is sent.
        case required
        case opportunistic, none
    }
    /// `smtp://host:port` or `smtps://host:port`.
    package var server: String
    /// The name after EHLO: a full domain name or an address literal.
    package var ehlo: String
    package var encryption: Encryption
    package var tls: TLSOptions
    package var user: String?
    package var password: Secret?
    package var sender: String
    package var recipient: String
    /// The whole message, headers and body, with CRLF line ends.
    package var message: [UInt8]
    package var timeout: Duration
    package init(
        server: String, ehlo: String, encryption: Encryption, tls: TLSOptions = TLSOptions(), user: String? = nil,
        password: Secret? = nil, sender: String, recipient: String, message: [UInt8], timeout: Duration
    ) {
        self.server = server
        self.ehlo = ehlo
        self.encryption = encryption
        self.tls = tls
        self.user = user
        self.password = password
        self.sender = sender
        self.recipient = recipient
        self.message = message
        self.timeout = timeout
    }
}

package enum Outgoing: Sendable, Hashable {
    case http(HTTPRequest)
    case mail(Mail)
    case process(ProcessRequest)
}

/// Why a transfer ended without a complete reply: a closed kind, and a sentence without secrets.
package struct TransferError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case nameResolution, connect, tls, certificateExpired, certificateNotYetValid, certificateUntrusted, certificateHostName
        case timeout, send, receive, emptyReply, tooManyRedirects, tooLarge, `protocol`, authentication
        /// The SMTP server refused a command, and `status` has its code; or it does not offer what the mail needs.
        case refused
        /// STARTTLS was required and is not offered.
        case encryptionUnavailable
        /// The program is not there, or may not be run.
        case program
        /// Ours: a bad address, a missing CA file, no descriptor, too many stuck resolvers, stopped.
        case setup, descriptors, resolver, stopped
    }
    package var kind: Kind
    package var detail: String
    /// libcurl's code, 0 where it was not asked.
    package var code: Int
    package init(_ kind: Kind, _ detail: String, code: Int = 0) {
        self.kind = kind
        self.detail = detail
        self.code = code
    }
}

package struct TransferReply: Sendable, Hashable {
    /// Seconds of each phase of the last request of the exchange; zero where it did not come to that.
    package struct Timings: Sendable, Hashable {
        package var nameLookup = 0.0
        package var connect = 0.0
        package var tls = 0.0
        /// From the request sent to the first byte of the reply.
        package var processing = 0.0
        package var transfer = 0.0
        package var redirects = 0.0
        package var total = 0.0
        package init() {}
    }
    /// A certificate of the presented chain.
    package struct Certificate: Sendable, Hashable {
        /// The common names, or the whole names where there are none.
        package var subject: String
        package var issuer: String
        package var notAfter: Timestamp
        package init(subject: String, issuer: String, notAfter: Timestamp) {
            self.subject = subject
            self.issuer = issuer
            self.notAfter = notAfter
        }
    }
    package var error: TransferError?
    /// The last HTTP status or SMTP code; 0 where none came.
    package var status: Int
    package var headers: [(name: String, value: String)] {
        get { Self.fields(of: head) }
        set { head = Array(newValue.map { "\r\n\($0.name): \($0.value)" }.joined().utf8) }
    }
    /// The status line and the header lines as they came. Most replies are judged without a look at them, so they are taken apart
    /// when asked for.
    package var head: [UInt8] = []
    package var body: [UInt8]
    package var timings: Timings
    /// Bytes of the request, or of the mail's data, may have reached the receiver: a failure after that is in doubt.
    package var mayHaveArrived: Bool
    package var retryAfter: Duration?
    package var remoteAddress: String
    /// 1.0, 1.1, 2 …; 0 where there was no HTTP.
    package var httpVersion: Double
    package var redirects: Int
    /// The earliest end of validity in the presented chain, where it was asked for.
    package var certificateExpires: Timestamp?
    /// The presented chain, the server's own first, where it was asked for and the handshake came to its end.
    package var certificates: [Certificate] = []
    /// How a program ended by itself; its output is the body.
    package var exit: ProcessExit?

    package init(
        status: Int = 0, body: [UInt8] = [], error: TransferError? = nil, mayHaveArrived: Bool = false,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.body = body
        self.error = error
        self.mayHaveArrived = mayHaveArrived
        self.retryAfter = retryAfter
        self.timings = Timings()
        self.remoteAddress = ""
        self.httpVersion = 0
        self.redirects = 0
    }

    /// The first header of that name, whatever its case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    private static func fields(of head: [UInt8]) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for line in head.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 10 }).dropFirst() {
            guard let colon = line.firstIndex(of: 58), colon > line.startIndex else { continue }
            var value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
            if value.last == 13 { value.removeLast() }
            fields.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return fields
    }
}

/// Carries out transfers. `finished` is called exactly once, on the engine's thread: it must not block.
package protocol Transferring: Sendable {
    func start(_ outgoing: Outgoing, finished: @escaping @Sendable (TransferReply) -> Void)
}
