package import Model
package import Settings

/// Mail by SMTP: one transaction a recipient, so that one refused address holds back nobody else.
package struct Email: Channel {
    package static let kind = "email"

    /// `smtp://host:port` or `smtps://host:port`
    let server: String
    let ehlo: String
    let encryption: Mail.Encryption
    let caFile: String?
    let user: String?
    let password: Secret?
    let sender: MailAddress
    let addresses: [MailAddress]
    let prefix: String

    init(
        server: String, sender: MailAddress, addresses: [MailAddress], encryption: Mail.Encryption = .required,
        caFile: String? = nil, user: String? = nil, password: Secret? = nil, ehlo: String? = nil, prefix: String = "[monitord]"
    ) {
        self.server = server
        self.sender = sender
        self.addresses = addresses
        self.encryption = encryption
        self.caFile = caFile
        self.user = user
        self.password = password
        // A server may refuse a name that is not a full domain; an address literal is always in form.
        self.ehlo = ehlo ?? (sender.isFullDomain ? sender.domain : "[127.0.0.1]")
        self.prefix = prefix
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let server = fields.string("server", required: true)
        let encryption = fields.choice("tls", Mail.Encryption.self) ?? .required
        let caFile = fields.readableFile("ca_file")
        let from = fields.string("from", required: true)
        let to = fields.places("to", required: true)
        let user = fields.string("user")
        let password = fields.secret("password")
        let ehlo = fields.string("ehlo")
        let prefix = fields.string("subject_prefix") ?? "[monitord]"

        func address(_ text: String, _ key: String, at place: Place) -> MailAddress? {
            switch MailAddress.read(text) {
            case .success(let address): return address
            case .failure(let wrong):
                fields.problems.add(place, "\(key): \(wrong.sentence)")
                return nil
            }
        }
        let sender = from.flatMap { address($0, "from", at: fields.place(of: "from")) }
        var addresses: [MailAddress] = []
        for (text, place) in to ?? [] {
            guard let address = address(text, "to", at: place) else { continue }
            if addresses.contains(address) { fields.problems.add(place, "to: \(address.text) stands twice") }
            addresses.append(address)
        }
        if let to, to.isEmpty { fields.problem(at: "to", "to: the list names nobody") }
        if let server, let wrong = Email.wrong(server: server) { fields.problem(at: "server", "server: \(wrong)") }
        if let ehlo, !(MailAddress.isDomain(ehlo) && ehlo.contains(".")) && !MailAddress.isLiteral(ehlo) {
            fields.problem(at: "ehlo", "ehlo: expected a full domain name, or an address literal such as [192.0.2.1]")
        }
        if fields.has("user") != fields.has("password") {
            let key = fields.has("user") ? "user" : "password"
            fields.problem(at: key, "\(key): user and password go together")
        }
        if let server, fields.has("password"), encryption != .required, !server.hasPrefix("smtps://") {
            fields.problem(at: "tls", "tls: a password is sent with \"tls: required\" only")
        }
        if prefix != prefix.oneLine || prefix.unicodeScalars.count > 40 {
            fields.problem(at: "subject_prefix", "subject_prefix: expected one line of at most 40 characters")
        }
        guard fields.problems.all.count == before, let server, let sender else { return nil }
        self.init(
            server: server, sender: sender, addresses: addresses, encryption: encryption, caFile: caFile, user: user,
            password: password, ehlo: ehlo, prefix: prefix)
    }

    /// What is wrong with a server's address, or nil.
    static func wrong(server: String) -> String? {
        let form = "expected smtp://HOST:PORT or smtps://HOST:PORT"
        guard let scheme = ["smtp://", "smtps://"].first(where: server.hasPrefix) else { return form }
        var rest = server.dropFirst(scheme.count)
        if rest.contains("@") { return "an address must not hold a user or password: use user and password" }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let inner = rest[rest.index(after: rest.startIndex)..<end]
            guard !inner.isEmpty, inner.utf8.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }) else { return form }
            rest = rest[rest.index(after: end)...]
        } else {
            let host = rest.prefix { $0 != ":" }
            guard MailAddress.isDomain(String(host)) else { return form }
            rest = rest.dropFirst(host.count)
        }
        guard !rest.isEmpty else { return nil }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0, rest.dropFirst().first != "+" else {
            return form
        }
        return nil
    }

    package var recipients: [String] { addresses.map(\.text) }
    package var attemptsPerMinute: Int { 10 }
    package var rateKey: Secret? { Secret(server) }
    /// A page to everybody of a team leaves at once, one mail after the other on one connection at a time.
    package var burst: Int { 10 }
    package var attemptsAtOnce: Int { 1 }

    package func message(for notification: Notification) -> Message {
        var recipient = addresses.first ?? sender
        if let text = notification.recipient, case .success(let address) = MailAddress.read(text) { recipient = address }
        return Message(
            body: MailDocument(wording: Wording(notification), sender: sender, recipient: recipient, prefix: prefix).text)
    }

    /// A repeat has one header more, and the same Message-ID, by which mail clients know it.
    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let body = row.isRepeat ? "X-Monitord-Resent: yes\r\n" + row.message.body : row.message.body
        return .mail(
            Mail(
                server: server, ehlo: ehlo, encryption: encryption, tls: TLSOptions(caFile: caFile), user: user,
                password: password, sender: sender.text, recipient: row.recipient ?? addresses.first?.text ?? sender.text,
                message: Array(body.utf8), timeout: .seconds(60)))
    }

    /// The server's code says more than the library's: 4yz asks to come again, 5yz refuses for good (RFC 5321 4.2.1). A code below
    /// 400 with an error is an answer to an earlier command; what became of the mail is then a question of what was sent.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        let detail = reply.error.map { ": \($0.detail)" } ?? ""
        switch reply.status {
        case 535, 530, 534, 538:
            return .rejected("\(reply.status), the server does not take user and password\(detail)")
        case 450, 451:
            // Greylisting servers count from the first attempt; sooner is refused again.
            return .retry("\(reply.status), the server asks to come again\(detail)", after: reply.retryAfter ?? .seconds(30))
        case 400...499:
            return .retry("\(reply.status), the server cannot take it now\(detail)", after: reply.retryAfter)
        case 500...599:
            return .rejected("\(reply.status), refused\(detail)")
        case 200...299 where reply.error == nil:
            return .delivered(reference: nil)
        default:
            return TransferVerdict.failure(reply.error, mayHaveArrived: reply.mayHaveArrived)
        }
    }
}
