import COpenSSL
import Glibc
import Model

/// A handshake that always runs to its end: what the server presents is judged afterwards, so that the expiry of a bad chain is
/// known too. Nothing is sent over the session.
///
/// OpenSSL works on memory; the bytes go through `Connection`, which knows the deadline.
final class TLSSession {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let connection: Connection
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// A handshake is a few KiB; a server that sends more than this is not read further.
    private static let maximumBytes = 256 * 1024

    /// Throws a `setup` failure where OpenSSL has no memory.
    init(_ connection: Connection, serverName: String?) throws(Failure) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw opensslFailure(.setup, "no TLS context") }
        guard let ssl = SSL_new(context), let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_CTX_free(context)
            throw opensslFailure(.setup, "no TLS session")
        }
        self.context = context
        self.ssl = ssl
        self.connection = connection
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        SSL_set_verify(ssl, SSL_VERIFY_NONE, nil)
        // Old versions and weak keys are spoken with too: only then can it be said what is wrong with them.
        SSL_set_security_level(ssl, 0)
        _ = SSL_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLSVersion.tls10.rawValue), nil)
        if let serverName {
            var name = Array(serverName.utf8CString)
            let code = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name)
            guard code == 1 else { throw opensslFailure(.setup, "the server name cannot be sent") }
        }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    func handshake(deadline: Uptime, _ clock: any Clock) throws(Failure) {
        var received = 0
        while true {
            ERR_clear_error()
            let code = SSL_do_handshake(ssl)
            let error = SSL_get_error(ssl, code)
            // Read before the next call clears it: an alert is sent in between.
            let sentence = code == 1 || error == SSL_ERROR_WANT_READ ? "" : opensslSentence()
            try flush(deadline: deadline, clock)
            if code == 1 { return }
            guard error == SSL_ERROR_WANT_READ else {
                throw Failure(.tls, "TLS handshake with \(connection.peer.description) failed: \(sentence)")
            }
            switch connection.receive(deadline: deadline, clock) {
            case .bytes(let bytes):
                received += bytes.count
                guard received <= TLSSession.maximumBytes else {
                    throw Failure(
                        .tls, "\(connection.peer.description) sent more than 256KiB and no end of the TLS handshake")
                }
                guard BIO_write(incoming, bytes, Int32(bytes.count)) == bytes.count else {
                    throw opensslFailure(.setup, "no memory for the handshake")
                }
            case .end: throw Failure(.tls, "\(connection.peer.description) closed the connection during the TLS handshake")
            case .failed(let code):
                throw Failure(
                    .tls, "the connection to \(connection.peer.description) broke during the TLS handshake: \(errorText(code))")
            case nil:
                throw Failure(
                    .timeout, "no TLS handshake with \(connection.peer.description) before the deadline: \(received) bytes came"
                )
            }
        }
    }

    /// Says goodbye, as the protocol wants; nobody waits for the answer.
    func end(deadline: Uptime, _ clock: any Clock) {
        ERR_clear_error()
        guard SSL_shutdown(ssl) >= 0, let bytes = pending() else { return }
        _ = connection.send(bytes, deadline: deadline, clock)
    }

    /// Nil for a version that this file does not know.
    var version: TLSVersion? { TLSVersion(rawValue: SSL_version(ssl)) }

    /// The cipher suite that was agreed on.
    var cipher: String { SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) } ?? "" }

    /// What the server presented, its own certificate first; valid as long as the session.
    var presented: [OpaquePointer] {
        guard let stack = SSL_get_peer_cert_chain(ssl) else { return [] }
        return certificates(stack)
    }

    /// The stack itself, for building a path; borrowed.
    var presentedStack: OpaquePointer? { SSL_get_peer_cert_chain(ssl) }

    private func flush(deadline: Uptime, _ clock: any Clock) throws(Failure) {
        guard let bytes = pending() else { return }
        switch connection.send(bytes, deadline: deadline, clock) {
        case 0: return
        case nil:
            throw Failure(
                .timeout, "no TLS handshake with \(connection.peer.description) before the deadline: it reads nothing")
        case .some:
            // What the server said before it closed is still to be read, and says more than the broken pipe.
            return
        }
    }

    private func pending() -> [UInt8]? {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = BIO_read(outgoing, &bytes, Int32(count))
        return read > 0 ? Array(bytes[..<Int(read)]) : nil
    }
}

/// The elements of a `STACK_OF(X509)`; borrowed.
func certificates(_ stack: OpaquePointer) -> [OpaquePointer] {
    (0..<OPENSSL_sk_num(stack)).compactMap { OPENSSL_sk_value(stack, $0).map { OpaquePointer($0) } }
}

/// OpenSSL's reason for the latest error on this thread, in plain words; it clears the queue.
func opensslSentence() -> String {
    var reason: String?
    var peerSpoke = false
    while case let code = ERR_get_error(), code != 0 {
        guard reason == nil else { continue }
        reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
        // Reasons from 1000 on are alerts that the other side sent.
        peerSpoke = (code & 0x7FFFFF) >= 1000
    }
    guard let reason else { return "no reason given" }
    return peerSpoke ? "the server sent \(quoted(reason))" : reason
}

private func opensslFailure(_ reason: FailureReason, _ what: String) -> Failure {
    Failure(reason, "\(what): \(opensslSentence())")
}
