import COpenSSL
import Glibc
import Model

/// A certificate of a presented chain, as values.
struct Certificate: Sendable, Hashable {
    /// The common name, or the whole subject where there is none.
    var subject: String
    /// Who signed it, named in the same way.
    var issuer = ""
    /// The names that it is for.
    var names: [String]
    var notBefore: Timestamp
    var notAfter: Timestamp
    /// It is part of the path to the trust anchor; what is not has no say.
    var isOnPath: Bool
}

/// What verification found wrong; `certificate` is its index in the path, 0 is the server's own.
struct ChainFlaw: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case expired, notYetValid, untrusted }
    var kind: Kind
    var certificate: Int
    var subject: String
    /// OpenSSL's sentence.
    var sentence: String
}

/// A presented chain and everything that is wrong with it, judged at one time.
struct CertificateChain: Sendable, Hashable {
    var certificates: [Certificate]
    var flaws: [ChainFlaw]
    var hostMatches: Bool

    var isTrusted: Bool { !flaws.contains { $0.kind == .untrusted } }

    /// The end of validity that comes first, of what leads to the anchor.
    var expires: Timestamp? {
        let onPath = certificates.filter(\.isOnPath)
        return (onPath.isEmpty ? certificates : onPath).map(\.notAfter).min()
    }
}

extension CertificateChain {
    /// Builds the path as a client would and collects every error on it instead of stopping at the first.
    init(_ session: TLSSession, host: String, trust: TrustStore, at now: Timestamp) throws(Failure) {
        let presented = session.presented
        guard let leaf = presented.first else { throw Failure(.tls, "the server presented no certificate") }
        guard let verification = X509_STORE_CTX_new() else { throw Failure(.setup, "no memory to verify a certificate") }
        defer { X509_STORE_CTX_free(verification) }
        guard X509_STORE_CTX_init(verification, trust.store, leaf, session.presentedStack) == 1,
            X509_STORE_CTX_set_default(verification, "ssl_server") == 1,
            let parameters = X509_STORE_CTX_get0_param(verification)
        else { throw Failure(.setup, "the certificate cannot be verified: \(opensslSentence())") }
        // 112 bits: what Debian's clients demand of keys and signatures.
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        X509_VERIFY_PARAM_set_time(parameters, time_t(now.microseconds / 1_000_000))

        let collected = Collected()
        let box = Unmanaged.passUnretained(collected)
        X509_STORE_CTX_set_ex_data(verification, 0, box.toOpaque())
        X509_STORE_CTX_set_verify_cb(verification) { ok, context in
            if ok == 0, let context, let box = X509_STORE_CTX_get_ex_data(context, 0) {
                Unmanaged<Collected>.fromOpaque(box).takeUnretainedValue().add(context)
            }
            return 1
        }
        let code = X509_verify_cert(verification)
        if code != 1, collected.flaws.isEmpty { collected.add(verification) }
        ERR_clear_error()

        let path = X509_STORE_CTX_get0_chain(verification).map(elements) ?? []
        flaws = collected.flaws
        certificates = try presented.map { certificate throws(Failure) in
            try Certificate(certificate, isOnPath: path.contains { X509_cmp($0, certificate) == 0 })
        }
        hostMatches = X509_check_ip_asc(leaf, host, 0) == 1 || X509_check_host(leaf, host, host.utf8.count, 0, nil) == 1
    }

    /// Lives for one verification; the callback reaches it through a pointer.
    private final class Collected {
        var flaws: [ChainFlaw] = []

        func add(_ context: OpaquePointer) {
            let code = X509_STORE_CTX_get_error(context)
            let kind: ChainFlaw.Kind =
                switch code {
                case X509_V_ERR_CERT_HAS_EXPIRED: .expired
                case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
                default: .untrusted
                }
            let flaw = ChainFlaw(
                kind: kind, certificate: Int(X509_STORE_CTX_get_error_depth(context)),
                subject: X509_STORE_CTX_get_current_cert(context).map(subjectText) ?? "",
                sentence: String(cString: X509_verify_cert_error_string(Int(code))))
            if !flaws.contains(flaw) { flaws.append(flaw) }
        }
    }
}

private func elements(_ stack: OpaquePointer) -> [OpaquePointer] { certificates(stack) }

extension Certificate {
    fileprivate init(_ certificate: OpaquePointer, isOnPath: Bool) throws(Failure) {
        guard let notBefore = X509_get0_notBefore(certificate).flatMap(timestamp),
            let notAfter = X509_get0_notAfter(certificate).flatMap(timestamp)
        else { throw Failure(.tls, "a certificate's validity cannot be read") }
        self.init(
            subject: subjectText(certificate), issuer: text(of: X509_get_issuer_name(certificate)),
            names: alternativeNames(certificate), notBefore: notBefore, notAfter: notAfter,
            isOnPath: isOnPath)
    }
}

private func timestamp(_ time: UnsafePointer<ASN1_TIME>) -> Timestamp? {
    var parts = tm()
    guard ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
    let days = CivilDate.daysSince1970(
        year: Int64(parts.tm_year) + 1900, month: Int64(parts.tm_mon) + 1, day: Int64(parts.tm_mday))
    return Timestamp(seconds: days * 86_400 + Int64(parts.tm_hour) * 3600 + Int64(parts.tm_min) * 60 + Int64(parts.tm_sec))
}

private func subjectText(_ certificate: OpaquePointer) -> String { text(of: X509_get_subject_name(certificate)) }

/// The common name of a name, or the whole name where it has none.
private func text(of name: OpaquePointer?) -> String {
    guard let name else { return "" }
    var buffer = [CChar](repeating: 0, count: 256)
    if X509_NAME_get_text_by_NID(name, NID_commonName, &buffer, Int32(buffer.count)) > 0 {
        return oneLine(text(buffer), limit: 80)
    }
    guard X509_NAME_oneline(name, &buffer, Int32(buffer.count)) != nil else { return "" }
    return oneLine(text(buffer), limit: 80)
}

/// The DNS names and addresses of the subject alternative name, at most ten.
private func alternativeNames(_ certificate: OpaquePointer) -> [String] {
    guard let extended = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
    let stack = OpaquePointer(extended)
    defer { GENERAL_NAMES_free(stack) }
    var names: [String] = []
    for index in 0..<OPENSSL_sk_num(stack) where names.count < 10 {
        guard let element = OPENSSL_sk_value(stack, index) else { continue }
        let name = element.assumingMemoryBound(to: GENERAL_NAME.self).pointee
        guard name.type == GEN_DNS || name.type == GEN_IPADD, let string = name.d.ia5 else { continue }
        let bytes = Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
        names.append(name.type == GEN_DNS ? oneLine(String(decoding: bytes, as: UTF8.self), limit: 80) : addressText(bytes))
    }
    return names
}

private func addressText(_ bytes: [UInt8]) -> String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard bytes.count == 4 || bytes.count == 16, inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else {
        return "an address of \(bytes.count) bytes"
    }
    return text(buffer)
}
