internal import CCurl
internal import Glibc
internal import Model
internal import Synchronization

/// Sends one mail on its own thread.
///
/// libcurl waits for the answer to QUIT inside the call that ends a transfer, by default for two minutes: a mail server that
/// falls silent there would stop the loop and every probe with it. On a thread of its own it delays one mail, and there too the
/// loop ends the wait: it shuts the mail's sockets down.
///
/// Unchecked: but for `cut`, which takes a lock, only the mail's thread uses what changes.
final class MailRun: BlockingRun, @unchecked Sendable {
    private let mail: Mail
    let finished: @Sendable (TransferReply) -> Void
    private let deadline: Uptime
    private let clock: any Clock
    private let inbox: Inbox
    private let limits: TransferLimits
    private var sent = 0
    private var offer: SMTPUTF8Offer
    private let sockets = Mutex<[CInt]>([])

    /// The loop cuts a mail off so long after its deadline: libcurl's own time limit comes first and tells more.
    private static let grace = Duration.milliseconds(30)

    init(
        mail: Mail, finished: @escaping @Sendable (TransferReply) -> Void, deadline: Uptime, clock: any Clock, inbox: Inbox,
        limits: TransferLimits
    ) {
        self.mail = mail
        offer = SMTPUTF8Offer(mail)
        self.finished = finished
        self.deadline = deadline
        self.clock = clock
        self.inbox = inbox
        self.limits = limits
    }

    var cutAt: Uptime? { deadline + MailRun.grace }

    /// Blocks until the server answered or the deadline passed, and hands the reply to the loop.
    func perform() {
        inbox.settle(self, send())
    }

    /// Ends what the mail's thread waits for. Called by the loop.
    func cut() {
        sockets.withLock { sockets in
            for socket in sockets { shutdown(socket, CInt(SHUT_RDWR)) }
        }
    }

    fileprivate func opened(_ socket: CInt) { sockets.withLock { $0.append(socket) } }

    /// Closes under the lock, so that `cut` never meets a number that somebody else has got meanwhile.
    fileprivate func closes(_ socket: CInt) -> CInt {
        sockets.withLock { sockets in
            sockets.removeAll { $0 == socket }
            return close(socket)
        }
    }

    private func send() -> TransferReply {
        if let error = mail.problem { return TransferReply(error: error) }
        guard let easy = curl_easy_init() else {
            return TransferReply(error: TransferError(.setup, "libcurl has no memory for a transfer"))
        }
        let recipients = curl_slist_append(nil, mail.recipient)
        let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer {
            curl_easy_cleanup(easy)
            curl_slist_free_all(recipients)
            errorText.deallocate()
        }
        monitord_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        monitord_set_list(easy, CURLOPT_MAIL_RCPT, recipients)
        prepare(easy)
        let result = curl_easy_perform(easy)
        return reply(easy, result, text: String(cString: errorText))
    }

    private func prepare(_ easy: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        setSafety(easy, timeout: deadline - clock.now().uptime, limits: limits)
        setTLS(easy, mail.tls, defaultCAFile: limits.caFile)
        monitord_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        monitord_set_text(easy, CURLOPT_URL, "\(mail.server)/\(mail.ehlo.percentEncoded)")
        monitord_set_long(easy, CURLOPT_USE_SSL, Int(mail.encryption.level.rawValue))
        monitord_set_text(easy, CURLOPT_MAIL_FROM, mail.sender)
        if let user = mail.user { monitord_set_text(easy, CURLOPT_USERNAME, user) }
        if let password = mail.password { monitord_set_text(easy, CURLOPT_PASSWORD, password.reveal()) }
        monitord_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        monitord_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        monitord_set_long(easy, CURLOPT_UPLOAD, 1)
        monitord_set_size(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(mail.message.count))
        monitord_set_read(easy, CURLOPT_READFUNCTION, readMessage)
        monitord_set_pointer(easy, CURLOPT_READDATA, context)
        // Replies are judged by their code; of their lines only what EHLO is told matters.
        monitord_set_write(easy, CURLOPT_WRITEFUNCTION, dropLine)
        monitord_set_write(easy, CURLOPT_HEADERFUNCTION, readLine)
        monitord_set_pointer(easy, CURLOPT_HEADERDATA, context)
        monitord_set_opened(easy, noteSocket)
        monitord_set_pointer(easy, CURLOPT_SOCKOPTDATA, context)
        monitord_set_close(easy, closeSocket)
        monitord_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context)
        monitord_set_long(easy, CURLOPT_NOPROGRESS, 0)
        monitord_set_progress(easy, CURLOPT_XFERINFOFUNCTION, askWhetherToGoOn)
        monitord_set_pointer(easy, CURLOPT_XFERINFODATA, context)
    }

    private func reply(_ easy: UnsafeMutableRawPointer, _ result: CURLcode, text: String) -> TransferReply {
        var reply = TransferReply(status: easy.number(CURLINFO_RESPONSE_CODE))
        reply.timings = easy.timings
        reply.remoteAddress = easy.text(CURLINFO_PRIMARY_IP) ?? ""
        guard result != CURLE_OK else {
            reply.mayHaveArrived = true
            return reply
        }
        // 354 invites the data; whoever broke off after it may have accepted the mail.
        reply.mayHaveArrived = reply.status == 354
        let place = WebAddress(mail.server)?.place ?? "the mail server"
        let refusals = [CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_REMOTE_ACCESS_DENIED]
        if inbox.isStopping.load(ordering: .acquiring) {
            reply.error = .stopped
        } else if let address = mail.addressOutsideASCII, offer.isOffered == false {
            reply.status = 0
            reply.error = TransferError(
                .refused, "\(place) does not offer SMTPUTF8, which \(address) needs", code: Int(result.rawValue))
        } else if result == CURLE_ABORTED_BY_CALLBACK || clock.now().uptime >= deadline {
            reply.error = TransferError(.timeout, "no reply from \(place) within \(mail.timeout.short)", code: 28)
        } else if reply.status >= 400, refusals.contains(result) {
            reply.error = TransferError(
                .refused, "\(place) refused the mail with code \(reply.status)", code: Int(result.rawValue))
        } else {
            reply.error =
                CurlFailure(
                    code: Int(result.rawValue), easy: easy, text: text, place: place, limit: mail.timeout,
                    caFile: mail.tls.caFile
                ).error
        }
        return reply
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, mail.message.count - sent)
        mail.message.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + count]))
        }
        sent += count
        return count
    }

    /// False ends the transfer before an address is sent that the server has not offered to take.
    fileprivate func goesOn(after line: UnsafeRawBufferPointer) -> Bool {
        offer.read(line)
        return offer.isOffered != false || mail.addressOutsideASCII == nil
    }

    /// Asked at least once a second, also while libcurl waits for the answer to QUIT.
    fileprivate var isOver: Bool { inbox.isStopping.load(ordering: .acquiring) || clock.now().uptime >= deadline }
}

extension Mail {
    var problem: TransferError? {
        if server.hasControls { return TransferError(.setup, "the mail server's address has a control character") }
        guard let address = WebAddress(server), ["smtp", "smtps"].contains(address.scheme) else {
            return TransferError(.setup, "the mail server's address is not smtp://HOST:PORT or smtps://HOST:PORT")
        }
        if ehlo.isEmpty || ehlo.hasControls { return TransferError(.setup, "the name for EHLO is not a host name") }
        for (role, text) in [("sender", sender), ("recipient", recipient)] {
            if text.isEmpty || text.hasControls || text.utf8.contains(where: { "<> ".utf8.contains($0) }) {
                return TransferError(.setup, "the \(role) is not a mail address")
            }
        }
        if (user ?? "").hasControls || (password?.reveal() ?? "").hasControls {
            return TransferError(.setup, "the user name or password for \(address.place) has a control character")
        }
        return nil
    }
}

extension Mail.Encryption {
    fileprivate var level: curl_usessl {
        switch self {
        case .required: CURLUSESSL_ALL
        case .opportunistic: CURLUSESSL_TRY
        case .none: CURLUSESSL_NONE
        }
    }
}

extension String {
    /// As RFC 3986 writes it in a path: libcurl takes the name for EHLO from there, and decodes it.
    fileprivate var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

private let readMessage: curl_read_callback = { buffer, size, count, context in
    guard let buffer, let context else { return 0 }
    let run = Unmanaged<MailRun>.fromOpaque(context).takeUnretainedValue()
    return run.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let dropLine: curl_write_callback = { _, size, count, _ in size * count }

private let readLine: curl_write_callback = { line, size, count, context in
    guard let line, let context else { return 0 }
    let run = Unmanaged<MailRun>.fromOpaque(context).takeUnretainedValue()
    return run.goesOn(after: UnsafeRawBufferPointer(start: line, count: size * count)) ? size * count : 0
}

private let askWhetherToGoOn: curl_xferinfo_callback = { context, _, _, _, _ in
    guard let context else { return 1 }
    return Unmanaged<MailRun>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
}

private let noteSocket: curl_sockopt_callback = { context, socket, _ in
    guard let context else { return CInt(CURL_SOCKOPT_ERROR) }
    Unmanaged<MailRun>.fromOpaque(context).takeUnretainedValue().opened(socket)
    return CInt(CURL_SOCKOPT_OK)
}

private let closeSocket: curl_closesocket_callback = { context, socket in
    guard let context else { return close(socket) }
    return Unmanaged<MailRun>.fromOpaque(context).takeUnretainedValue().closes(socket)
}
