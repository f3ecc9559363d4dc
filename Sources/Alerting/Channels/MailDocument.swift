import Model

/// A whole mail of a notification: text first, HTML last, the same facts in both. It depends on nothing but the notification, so
/// that every attempt sends the same bytes and the same Message-ID.
struct MailDocument {
    let wording: Wording
    let sender: MailAddress
    let recipient: MailAddress
    let prefix: String
    /// Members listed; the rest is counted.
    static let maxMembers = 100

    private var notification: Notification { wording.notification }

    var text: String {
        // "=_" cannot stand in quoted-printable, so no content can hold the boundary.
        let boundary = "=_monitord_\(Digest.sha256(Array(notification.idempotencyKey.utf8)).prefix(24))"
        var output = headers(boundary: boundary)
        output += "\r\n"
        for (type, body) in [("plain", plain), ("html", html)] {
            output += "--\(boundary)\r\n"
            output += "Content-Type: text/\(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            output += MailText.quotedPrintable(body)
        }
        return output + "--\(boundary)--\r\n"
    }

    private func headers(boundary: String) -> String {
        let headline = wording.subject.shortened(to: 200)
        let identifier = MailDocument.identifier(notification.idempotencyKey, domain: sender.domain)
        var output = MailText.folded("From", [sender.text])
        output += MailText.folded("To", [recipient.text])
        output += MailText.header("Subject", text: prefix.isEmpty ? headline : "\(prefix) \(headline)")
        output += "Date: \(MailDocument.date(notification.at))\r\n"
        output += MailText.folded("Message-ID", [identifier])
        if !notification.isFirst {
            let root = MailDocument.identifier(notification.rootKey, domain: sender.domain)
            output += MailText.folded("In-Reply-To", [root]) + MailText.folded("References", [root])
        }
        output += "Auto-Submitted: auto-generated\r\n"
        output += MailText.header("X-Monitord-Incident", text: notification.incident.shortened(to: 100))
        output += "X-Monitord-Kind: \(notification.kind.rawValue)\r\n"
        output += "MIME-Version: 1.0\r\n"
        return output + "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n"
    }

    /// `<key@domain>`; a key that is long, or has characters that an identifier must not have, stands as its hash.
    static func identifier(_ key: String, domain: String) -> String {
        let isFit = key.utf8.count <= 64 && MailAddress.isDotAtom(key)
        return "<\(isFit ? key : "md-" + Digest.sha256(Array(key.utf8)).prefix(40))@\(domain)>"
    }

    /// `Sun, 29 Mar 2026 02:01:05 +0000` (RFC 5322 3.3).
    static func date(_ time: Timestamp) -> String {
        let text = time.description
        let day = Int(text.dropFirst(8).prefix(2)) ?? 0
        let month = Int(text.dropFirst(5).prefix(2)) ?? 0
        let days = time.microseconds >= 0 ? time.microseconds / 86_400_000_000 : 0
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekdays[Int(days % 7)]), \(day) \(months[month]) \(text.prefix(4)) \(text.dropFirst(11).prefix(8)) +0000"
    }

    private var shown: ArraySlice<Notification.Member> { wording.shownMembers.prefix(MailDocument.maxMembers) }
    private var omitted: Int { wording.shownMembers.count - shown.count }
    private var labels: String {
        wording.shownLabels.prefix(50).map { "\($0.name.shortened(to: 200))=\($0.value.shortened(to: 500))" }
            .joined(separator: ", ")
    }

    private var plain: String {
        var lines = [wording.headline.shortened(to: 1_000)] + opening + [""]
        if let unrecorded = wording.unrecorded { lines += [unrecorded, ""] }
        for section in wording.sections { lines += [section.title] + section.lines.map { "  \($0)" } + [""] }
        for member in shown {
            lines.append("\(wording.state(member)) \(wording.name(member).shortened(to: 300))")
            lines.append("  \(wording.reason(member).shortened(to: 1_000))")
            let address = member.address.oneLine
            if !address.isEmpty { lines.append("  \(address.shortened(to: 1_000))") }
        }
        if omitted > 0 { lines.append(Shortened.more(omitted)) }
        if !shown.isEmpty { lines.append("") }
        let links = wording.links.map { "\($0.text): \($0.address)" }
        if !wording.facts.isEmpty { lines += wording.factLines + [""] }
        if !links.isEmpty { lines += links + [""] }
        if let acknowledge = wording.acknowledge { lines.append("Acknowledge: \(acknowledge)") }
        if !labels.isEmpty { lines.append("Labels: \(labels)") }
        lines.append(sentence(wording.origin))
        return lines.joined(separator: "\n")
    }

    private var html: String {
        func escaped(_ text: String, _ limit: Int = 1_000) -> String { MailText.html(text.shortened(to: limit)) }
        var lines = [
            "<!DOCTYPE html>",
            "<html><body style=\"font-family:sans-serif;font-size:14px\">",
            "<p style=\"border-left:6px solid \(colour);padding-left:10px\"><strong>\(escaped(wording.headline))</strong><br>",
            "\(opening.map { escaped($0) }.joined(separator: "<br>\n"))</p>",
        ]
        if let unrecorded = wording.unrecorded { lines.append("<p>\(escaped(unrecorded))</p>") }
        for section in wording.sections {
            lines.append("<p><strong>\(escaped(section.title))</strong></p>")
            lines.append("<ul>\(section.lines.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n"))</ul>")
        }
        if !shown.isEmpty { lines.append("<table cellpadding=\"4\">") }
        for member in shown {
            lines.append("<tr><td>\(wording.state(member))</td><td>\(escaped(wording.name(member), 300))</td>")
            lines.append("<td>\(escaped(wording.reason(member)))</td><td>\(escaped(member.address.oneLine))</td></tr>")
        }
        if !shown.isEmpty { lines.append("</table>") }
        if omitted > 0 { lines.append("<p>\(Shortened.more(omitted))</p>") }
        let facts = wording.facts.map { "<strong>\(escaped($0.name)):</strong> \(escaped($0.text))" }
        if !facts.isEmpty { lines.append("<p>\(facts.joined(separator: "<br>\n"))</p>") }
        let links = wording.links.map { "<a href=\"\(escaped($0.address))\">\(escaped($0.text))</a>" }
        if !links.isEmpty { lines.append("<p>\(links.joined(separator: " &middot;\n"))</p>") }
        if let acknowledge = wording.acknowledge { lines.append("<p>Acknowledge: <code>\(escaped(acknowledge))</code></p>") }
        if !labels.isEmpty { lines.append("<p>Labels: \(escaped(labels, 40_000))</p>") }
        lines.append("<p style=\"color:#666\">\(escaped(sentence(wording.origin)))</p>")
        return (lines + ["</body></html>"]).joined(separator: "\n")
    }

    /// What a template says, or else the times.
    private var opening: [String] { wording.ownLines?.map { $0.shortened(to: 1_000) } ?? [sentence(wording.times)] }

    private func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private var colour: String {
        if notification.isDrill { return "#8e44ad" }
        return switch notification.kind {
        case .trigger, .update: notification.level == .critical ? "#c0392b" : "#e67e22"
        case .acknowledge: "#2980b9"
        case .resolve: "#27ae60"
        case .delayed, .test, .digest, .change: "#7f8c8d"
        }
    }
}
