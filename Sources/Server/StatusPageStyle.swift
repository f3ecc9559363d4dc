extension StatusPage {
    /// States are words first and colours second. Below 44 em each probe is a card.
    static let style = """
        :root { --ink: #1c1f23; --paper: #fff; --soft: #f1f3f5; --line: #d5d9de; --dim: #5b636c;
          --ok: #1a7f37; --pending: #5b636c; --warning: #9a6700; --critical: #c4202b; --unknown: #7a3fb5; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e8eb; --paper: #14171a; --soft: #1e2226; --line: #363c43; --dim: #9aa3ad;
            --ok: #4cc26b; --pending: #9aa3ad; --warning: #e3b341; --critical: #ff6b6b; --unknown: #c297ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        header { padding: 1rem; border-top: .5rem solid var(--ok); background: var(--soft); }
        header.pending { border-color: var(--pending); } header.warning { border-color: var(--warning); }
        header.critical { border-color: var(--critical); } header.unknown { border-color: var(--unknown); }
        header h1 { margin: 0; font-size: 1.6rem; }
        header p, footer, small, .empty { color: var(--dim); }
        header p { margin: .2rem 0 0; }
        main { padding: 0 1rem 2rem; max-width: 80rem; margin: 0 auto; }
        h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
        ul { padding: 0; margin: 0; list-style: none; }
        .summary { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
        .summary li { padding: .3rem .8rem; border: 1px solid var(--line); border-radius: .4rem; }
        .summary li.none { color: var(--dim); }
        .summary b { font-size: 1.2rem; }
        .trouble, .incidents li { border-left: .35rem solid var(--critical); padding: .5rem .8rem; margin: .8rem 0;
          background: var(--soft); }
        .trouble h2 { margin: 0 0 .3rem; }
        .incidents li.warning { border-color: var(--warning); }
        .incidents code { color: var(--dim); font-size: .85rem; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line);
          overflow-wrap: anywhere; }
        thead th { color: var(--dim); font-weight: 600; font-size: .85rem; white-space: nowrap; }
        td:nth-child(-n+6) { white-space: nowrap; }
        .state { font-weight: 700; color: var(--ok); }
        li.ok b { color: var(--ok); }
        .pending .state, li.pending b { color: var(--pending); }
        .warning .state, .summary li.warning b { color: var(--warning); }
        .critical .state, .summary li.critical b { color: var(--critical); }
        .unknown .state, li.unknown b { color: var(--unknown); }
        small { font-weight: 400; }
        footer { margin-top: 2rem; font-size: .85rem; }
        a { color: inherit; }
        @media (max-width: 44em) {
          thead { display: none; }
          tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
          th, td { display: inline-block; border: 0; padding: .1rem .8rem .1rem 0; }
          td:nth-child(-n+6) { white-space: normal; }
          td[data-head]::before { content: attr(data-head) " "; color: var(--dim); font-size: .85rem; }
          td[data-head="Reason"] { display: block; }
          td[data-head="Reason"]::before { content: none; }
          td.empty { display: none; }
        }

        """
}
