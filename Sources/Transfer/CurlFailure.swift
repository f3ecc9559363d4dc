internal import CCurl
internal import Glibc
internal import Model

/// Reads why libcurl gave up. The sentence names host and port only: the rest of an address may be a secret.
struct CurlFailure {
    var code: Int
    var easy: UnsafeMutableRawPointer
    /// libcurl's own words: used for TLS alone, where they come from OpenSSL.
    var text: String
    /// Host and port.
    var place: String
    var limit: Duration
    var caFile: String?

    var error: TransferError {
        func error(_ kind: TransferError.Kind, _ sentence: String) -> TransferError {
            TransferError(kind, sentence, code: code)
        }
        switch UInt32(code) {
        case CURLE_UNSUPPORTED_PROTOCOL.rawValue where text.contains("HTTP/0.9"):
            return error(.protocol, "what answers does not speak HTTP")
        case CURLE_UNSUPPORTED_PROTOCOL.rawValue: return error(.setup, "only http and https addresses can be requested")
        case CURLE_URL_MALFORMAT.rawValue: return error(.setup, "the address is malformed")
        case CURLE_COULDNT_RESOLVE_HOST.rawValue, CURLE_COULDNT_RESOLVE_PROXY.rawValue:
            if text.contains("thread") { return error(.resolver, "no thread could be started to look up \(place)") }
            if Descriptors.areGone { return error(.descriptors, "no descriptor is left to look up \(place)") }
            return error(.nameResolution, "the name of \(place) does not resolve")
        case CURLE_COULDNT_CONNECT.rawValue: return connect
        case CURLE_OPERATION_TIMEDOUT.rawValue: return error(.timeout, "\(timeoutPhase) within \(limit.short)")
        case CURLE_SSL_CONNECT_ERROR.rawValue: return error(.tls, "the TLS handshake with \(place) failed: \(text.firstLine)")
        case CURLE_PEER_FAILED_VERIFICATION.rawValue: return certificate
        case CURLE_SSL_CACERT_BADFILE.rawValue:
            return error(.setup, "the CA file \(caFile ?? "of the system") cannot be read")
        case CURLE_SSL_ENGINE_NOTFOUND.rawValue, CURLE_SSL_ENGINE_SETFAILED.rawValue, CURLE_SSL_ENGINE_INITFAILED.rawValue,
            CURLE_SSL_CERTPROBLEM.rawValue, CURLE_SSL_CIPHER.rawValue, CURLE_OUT_OF_MEMORY.rawValue,
            CURLE_FAILED_INIT.rawValue, CURLE_WRITE_ERROR.rawValue, CURLE_READ_ERROR.rawValue,
            CURLE_BAD_FUNCTION_ARGUMENT.rawValue:
            return error(.setup, "libcurl: \(words)")
        case CURLE_GOT_NOTHING.rawValue: return error(.emptyReply, "\(place) closed the connection without a reply")
        case CURLE_SEND_ERROR.rawValue: return error(.send, "the connection to \(place) broke while sending")
        case CURLE_RECV_ERROR.rawValue, CURLE_PARTIAL_FILE.rawValue:
            return error(.receive, "the connection to \(place) broke before the reply was complete")
        case CURLE_FILESIZE_EXCEEDED.rawValue: return error(.tooLarge, "\(place): \(words)")
        case CURLE_USE_SSL_FAILED.rawValue:
            return error(.encryptionUnavailable, "\(place) offers no STARTTLS, which is required")
        case CURLE_LOGIN_DENIED.rawValue, CURLE_AUTH_ERROR.rawValue:
            return error(.authentication, "\(place) refused the user name or password")
        default: return error(.protocol, "\(place): \(words)")
        }
    }

    private var words: String { String(cString: curl_easy_strerror(CURLcode(UInt32(code)))) }

    private var connect: TransferError {
        let number = CInt(truncatingIfNeeded: easy.number(CURLINFO_OS_ERRNO))
        if Descriptors.isLack(number) || number == 0 && Descriptors.areGone {
            let reason = number == 0 ? "" : ": \(systemError(number))"
            return TransferError(.descriptors, "nothing is left for a connection to \(place)\(reason)", code: code)
        }
        let reason = number == 0 ? "" : ": \(systemError(number))"
        return TransferError(.connect, "cannot connect to \(place)\(reason)", code: code)
    }

    private var timeoutPhase: String {
        let timings = easy.timings
        if timings.nameLookup == 0 && easy.number(CURLINFO_NUM_CONNECTS) == 0 { return "the name of \(place) did not resolve" }
        if easy.microseconds(CURLINFO_CONNECT_TIME_T) == 0 { return "no connection to \(place)" }
        if easy.microseconds(CURLINFO_PRETRANSFER_TIME_T) == 0 { return "no TLS session with \(place)" }
        if easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T) == 0 { return "no reply from \(place)" }
        return "no complete reply from \(place)"
    }

    /// OpenSSL's verify results (x509_vfy.h). A wrong host name is found by libcurl itself, after OpenSSL was content.
    private var certificate: TransferError {
        let result = easy.number(CURLINFO_SSL_VERIFYRESULT)
        switch result {
        case 10: return TransferError(.certificateExpired, "the certificate of \(place) has expired", code: code)
        case 9: return TransferError(.certificateNotYetValid, "the certificate of \(place) is not valid yet", code: code)
        case 0, 1, 62: return TransferError(.certificateHostName, "the certificate of \(place) is for another name", code: code)
        default:
            return TransferError(
                .certificateUntrusted, "the certificate of \(place) is not trusted: \(text.afterColon)", code: code)
        }
    }
}

/// What a connection needs of our own machine.
enum Descriptors {
    /// The machine, and no target, lacks something: descriptors, ports or memory.
    static func isLack(_ number: CInt) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL].contains(number)
    }

    /// Asked where libcurl does not say what it lacked. One may have become free since; then a target is blamed.
    static var areGone: Bool {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor < 0 else {
            close(descriptor)
            return false
        }
        return isLack(errno)
    }
}

extension String {
    fileprivate var firstLine: String { String(prefix { $0 != "\n" }) }
    fileprivate var afterColon: String {
        guard let colon = firstIndex(of: ":") else { return self }
        return String(self[index(after: colon)...].drop { $0 == " " })
    }
}
