import Model

/// The status page: one document without scripts or other files, readable on a phone and in the dark, anew every 15 s.
enum StatusPage {
    /// For one answer: the style sheet in the page bears it, and no other style applies.
    static func nonce() -> String {
        String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    static func html(_ snapshot: Snapshot, deploys: [Deploy] = [], nonce: String) -> [UInt8] {
        var page = Page()
        let worst = snapshot.worst
        page.raw(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="refresh" content="15">
            <title>
            """)
        page.text("\(title(snapshot)) – \(snapshot.node)")
        page.raw(
            "</title>\n<style nonce=\"\(nonce)\">\n\(style)</style>\n</head>\n<body>\n<header class=\"\(worst.rawValue)\">\n<h1>"
        )
        page.text(title(snapshot))
        page.raw("</h1>\n<p>")
        page.text("\(snapshot.node), ")
        page.time(snapshot.time)
        page.raw("</p>\n</header>\n<main>\n")
        summary(snapshot.summary, &page)
        trouble(snapshot, &page)
        incidents(snapshot, &page)
        self.deploys(deploys, &page, now: snapshot.time)
        probes(snapshot, &page)
        held(snapshot, &page)
        daemon(snapshot, &page)
        page.raw("</main>\n</body>\n</html>\n")
        return page.bytes
    }

    /// The one thing to know, also in the browser's tab.
    private static func title(_ snapshot: Snapshot) -> String {
        let summary = snapshot.summary
        if snapshot.probes.isEmpty { return "No probes are configured" }
        if summary.critical > 0 { return "\(summary.critical) critical" }
        if summary.warning > 0 { return "\(summary.warning) with a warning" }
        if summary.unknown > 0 { return "\(summary.unknown) unknown" }
        return "All is well"
    }

    private static func summary(_ summary: Snapshot.Summary, _ page: inout Page) {
        page.raw("<ul class=\"summary\">\n")
        for (state, count) in [
            ("critical", summary.critical), ("warning", summary.warning), ("unknown", summary.unknown),
            ("pending", summary.pending), ("ok", summary.ok),
        ] {
            page.raw("<li class=\"\(count == 0 ? "none" : state)\"><b>\(count)</b> \(state)</li>\n")
        }
        page.raw("</ul>\n")
    }

    private static func trouble(_ snapshot: Snapshot, _ page: inout Page) {
        let problems = snapshot.daemonProblems
        guard !problems.isEmpty else { return }
        page.raw("<section class=\"trouble\">\n<h2>monitord itself needs attention</h2>\n<ul>\n")
        for problem in problems {
            page.raw("<li>")
            page.text(problem)
            page.raw("</li>\n")
        }
        page.raw("</ul>\n</section>\n")
    }

    private static func incidents(_ snapshot: Snapshot, _ page: inout Page) {
        let open = snapshot.incidents.filter { $0.resolvedAt == nil }
        page.raw("<h2>Open incidents</h2>\n")
        guard !open.isEmpty else { return page.raw("<p>None.</p>\n") }
        page.raw("<ul class=\"incidents\">\n")
        for incident in open {
            page.raw("<li class=\"\(incident.level.rawValue)\"><b>")
            page.text("\(incident.level.rawValue): \(incident.title)")
            page.raw("</b><br>open for ")
            page.text((snapshot.time - incident.openedAt).rough)
            page.text("; " + incident.takenText(now: snapshot.time))
            page.text(incident.told.isEmpty ? "; nobody told yet" : "; told: " + incident.told.joined(separator: ", "))
            page.raw("<br><code>")
            page.text(incident.id)
            page.raw("</code></li>\n")
        }
        page.raw("</ul>\n")
    }

    /// Those of the last day, for they may explain what fails; the first few.
    private static func deploys(_ deploys: [Deploy], _ page: inout Page, now: Timestamp) {
        let recent = deploys.filter { now - $0.at < .seconds(86_400) }.prefix(5)
        guard !recent.isEmpty else { return }
        page.raw("<h2>Deployed today</h2>\n<ul>\n")
        for deploy in recent {
            page.raw("<li>")
            let comment = deploy.comment.isEmpty ? "" : ": \(deploy.comment)"
            page.text("\(deploy.what) by \(deploy.author), \((now - deploy.at).rough) ago\(comment)")
            page.raw("</li>\n")
        }
        page.raw("</ul>\n")
    }

    private static func probes(_ snapshot: Snapshot, _ page: inout Page) {
        page.raw(
            """
            <h2>Probes</h2>
            <table>
            <thead><tr><th>State</th><th>Probe</th><th>Since</th><th>Last value</th><th>P95</th><th>Next run</th>\
            <th>Reason</th></tr></thead>
            <tbody>

            """)
        for probe in snapshot.probesByUrgency {
            page.raw("<tr class=\"\(probe.state.rawValue)\"><td class=\"state\">\(probe.state.rawValue)</td><th scope=\"row\">")
            page.text(probe.name)
            page.raw("<small>")
            page.text(" \(probe.kind)")
            page.raw("</small></th>")
            page.cell("Since", (snapshot.time - probe.since).rough)
            page.cell("Last value", probe.valueText)
            page.cell("P95", probe.p95Text)
            page.cell("Next run", probe.nextRun.map { next(after: snapshot.time, $0) } ?? "")
            page.cell("Reason", probe.reasonText)
            page.raw("</tr>\n")
        }
        page.raw("</tbody>\n</table>\n")
    }

    /// What is held back, and by what: nothing is held invisibly.
    private static func held(_ snapshot: Snapshot, _ page: inout Page) {
        let texts = snapshot.heldTexts
        let holders = snapshot.holdersText
        guard !texts.isEmpty || holders != nil else { return }
        page.raw("<h2>Held back</h2>\n")
        if let holders {
            page.raw("<p>")
            page.text(holders + (texts.isEmpty ? ": nothing is held now." : "."))
            page.raw("</p>\n")
        }
        guard !texts.isEmpty else { return }
        page.raw("<ul>\n")
        for text in texts {
            page.raw("<li>")
            page.text(text)
            page.raw("</li>\n")
        }
        page.raw("</ul>\n")
    }

    private static func next(after now: Timestamp, _ time: Timestamp) -> String {
        time <= now ? "now" : "in " + (time - now).rough
    }

    private static func daemon(_ snapshot: Snapshot, _ page: inout Page) {
        let daemon = snapshot.daemon
        page.raw("<footer>\n<p>")
        page.text(
            "monitord \(daemon.version), running for \((snapshot.time - daemon.startedAt).rough); configuration read at ")
        page.time(daemon.configurationLoadedAt)
        page.text(
            "; \(daemon.commits) commits; runs late by at most \(Quantity.text(daemon.latenessSecondsMax, .seconds)); "
                + "\(Quantity.text(Double(daemon.residentBytes), .bytes)) of memory.")
        page.raw("</p>\n<p><a href=\"/metrics\">Metrics</a> <a href=\"/api/v1/status\">JSON</a></p>\n</footer>\n")
    }
}

/// A document that is being written. Whatever is not ours goes in by `text`.
struct Page {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ markup: String) { bytes += markup.utf8 }

    /// Escapes for element content and for attribute values in double quotes.
    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
    }

    mutating func time(_ time: Timestamp) {
        raw("<time datetime=\"\(time)\">")
        text(time.description.replacing("T", with: " ").prefix(19) + " UTC")
        raw("</time>")
    }

    /// The heading stands again in the cell, for narrow screens.
    mutating func cell(_ heading: String, _ content: String) {
        raw("<td data-head=\"\(heading)\"\(content.isEmpty ? " class=\"empty\"" : "")>")
        text(content)
        raw("</td>")
    }
}
