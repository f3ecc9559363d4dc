/// The page behind a link that acknowledges: some lines and, where there is something to do, one button.
enum LinkPage {
    static func html(title: String, lines: [String], hasForm: Bool, nonce: String) -> [UInt8] {
        var page = Page()
        page.raw(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>
            """)
        page.text(title)
        page.raw("</title>\n<style nonce=\"\(nonce)\">\n\(style)</style>\n</head>\n<body>\n<h1>")
        page.text(title)
        page.raw("</h1>\n")
        for line in lines {
            page.raw("<p>")
            page.text(line)
            page.raw("</p>\n")
        }
        if hasForm {
            // Without an address of its own it is sent to the page's.
            page.raw(
                """
                <form method="post">
                <label>Your name, if you like <input name="name" maxlength="60" autocomplete="name"></label>
                <button>Acknowledge</button>
                </form>

                """)
        }
        page.raw("</body>\n</html>\n")
        return page.bytes
    }

    private static let style = """
        body { margin: 0 auto; padding: 1rem; max-width: 40rem; font: 18px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.4rem; }
        label { display: block; margin: 1rem 0 .5rem; }
        input, button { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; }
        button { padding: .8rem; font-weight: 700; }

        """
}
