import Model

/// What an HTTP exchange with a receiver means for a delivery, where the channels agree. A status that arrived says more than an
/// error after it.
enum TransferVerdict {
    /// A reply to a request that holds secrets; `success` judges an answer of 200 to 299 that arrived whole, and gets the
    /// receiver's word.
    static func judge(
        _ reply: TransferReply, hiding secrets: Secret?..., success: (_ said: String) -> DeliveryVerdict
    ) -> DeliveryVerdict {
        judge(reply, hiding: secrets.compactMap { $0 }, success: success)
    }

    static func judge(
        _ reply: TransferReply, hiding secrets: [Secret], success: (_ said: String) -> DeliveryVerdict
    ) -> DeliveryVerdict {
        let said = said(reply, hiding: secrets)
        switch reply.status {
        case 0: return failure(reply.error, mayHaveArrived: reply.mayHaveArrived)
        case 200 where reply.error != nil: return .inDoubt("200, but the answer broke off")
        case 200...299: return success(said)
        default: return status(reply, hiding: secrets, detail: said)
        }
    }

    /// Every status but success, which each channel judges itself. `detail` is the receiver's own word on it, without secrets.
    ///
    /// A server error other than 503 is in doubt: a gateway may time out behind an accepted request, and a handler may fail after
    /// it has stored its work. Were it called surely refused, a trigger so answered could stay open at the receiver for ever.
    static func status(_ reply: TransferReply, hiding secrets: [Secret] = [], detail: String = "") -> DeliveryVerdict {
        let said = detail.isEmpty ? "" : ": \(detail)"
        let after = reply.retryAfter ?? JSONAnswer(reply.body)?.retryAfter
        switch reply.status {
        case 429:
            return .retry("429, too many requests\(said)", after: after)
        case 503:
            return .retry("503, the receiver is unavailable\(said)", after: after)
        case 408, 425:
            return .retry("\(reply.status), the receiver asks for the request again\(said)", after: after)
        case 500...:
            return .inDoubt("\(reply.status), the receiver failed and may have kept the message\(said)", after: after)
        case 400...499:
            return .rejected("\(reply.status), refused\(said)")
        case 300...399:
            // A host has no capitals.
            let hidden = secrets.map { Secret($0.reveal().lowercased()) }
            let host = reply.header("Location").flatMap(WebAddress.host(of:)).map {
                masked($0, hidden, isCut: false).oneLine.shortened(to: 100)
            }
            return .rejected(
                "\(reply.status), a redirected POST is a configuration error: Location "
                    + (host.map { "is on host \($0)" } ?? "names no host"))
        default:
            return .inDoubt("\(reply.status), and no final answer")
        }
    }

    /// The receiver's own word on a refusal: the start of its answer in one line of at most 300 characters, with the credential
    /// masked; of an address, or of a token in parts, every part that is long enough to be one, also without its percent signs.
    static func said(_ reply: TransferReply, hiding secrets: [Secret]) -> String {
        // Masked before it is cut: what is left of a secret that was cut in two is no longer found.
        let whole = String(decoding: reply.body, as: UTF8.self)
        return masked(whole, secrets, isCut: true).oneLine.shortened(to: 300)
    }

    /// - Parameter isCut: a secret may begin at the end.
    private static func masked(_ text: String, _ secrets: [Secret], isCut: Bool) -> String {
        var text = text
        let hidden = secrets.map { $0.reveal() }.flatMap { secret in
            let forms = [secret] + (secret.contains("%") ? [secret.percentDecoded] : [])
            let parts = forms.flatMap { $0.split { "/?&=: ".contains($0) }.map(String.init).filter(isPerhapsSecret) }
            return forms + parts.sorted { $0.count > $1.count }
        }
        for part in hidden where !part.isEmpty { text = text.replacing(part, with: Secret.mask) }
        guard isCut else { return text }
        let ends = hidden.flatMap { part in (0..<part.count).reversed().map { String(part.prefix($0)) } }.filter(
            isPerhapsSecret)
        if let end = ends.first(where: text.hasSuffix) { text = text.dropLast(end.count) + Secret.mask }
        return text
    }

    /// A part of an address that may be what opens it: not a word such as `api` or a number of a room.
    private static func isPerhapsSecret(_ part: String) -> Bool {
        part.count >= 8 || part.count >= 5 && part.contains { $0.isNumber || $0.isUppercase }
    }

    /// A transfer without a status.
    static func failure(_ error: TransferError?, mayHaveArrived: Bool) -> DeliveryVerdict {
        guard let error else {
            return mayHaveArrived
                ? .inDoubt("the exchange ended without an answer") : .retry("the exchange ended unsent", after: nil)
        }
        let sentence = "\(error.kind.rawValue): \(error.detail)"
        switch error.kind {
        case .encryptionUnavailable, .tooManyRedirects, .authentication, .refused, .program:
            return .rejected(sentence)
        case .nameResolution, .connect, .tls, .certificateExpired, .certificateNotYetValid, .certificateUntrusted,
            .certificateHostName, .timeout, .send, .receive, .emptyReply, .tooLarge, .protocol, .setup, .descriptors, .resolver,
            .stopped:
            return mayHaveArrived ? .inDoubt(sentence) : .retry(sentence, after: nil)
        }
    }
}

extension HTTPRequest {
    /// The request of every channel: one fresh connection, so that the library cannot repeat it; no redirects; a short reply.
    static func post(
        _ url: Secret, headers: [Header] = HTTPRequest.jsonHeaders, body: String, caFile: String?
    ) -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: url, headers: headers, body: Array(body.utf8), timeout: .seconds(15),
            connectTimeout: .seconds(5), maxRedirects: 0, maxBodyBytes: 64 * 1024, tls: TLSOptions(caFile: caFile),
            isFresh: true)
    }

    static let jsonHeaders = [
        Header("Content-Type", "application/json; charset=utf-8"), Header("User-Agent", "monitord"),
    ]
}
