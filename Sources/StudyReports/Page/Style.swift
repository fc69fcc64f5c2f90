/// The page's style sheet.
enum Style {
  static let sheet = """
    :root{--ink:#1d2126;--axis:#5b6470;--grid:#d9dde2;--paper:#ffffff;--page:#ffffff;--line:#d9dde2;--link:#005a9c;
    --good:#00694d;--bad:#a63c00;--open:#5b6470;--stripe:#f5f7f9}
    @media (prefers-color-scheme:dark){:root{--ink:#e4e7eb;--axis:#a3abb6;--grid:#3a4049;--paper:#16191d;--page:#16191d;
    --line:#343a43;--link:#6db7ee;--good:#3fc79f;--bad:#f08a4b;--open:#a3abb6;--stripe:#1d2126}}
    @media print{:root{--ink:#000;--axis:#444;--grid:#ccc;--paper:#fff;--page:#fff;--line:#bbb;--link:#000;--good:#00694d;
    --bad:#a63c00;--open:#444;--stripe:#fff}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 Arial,Helvetica,'Liberation Sans',sans-serif}
    main{max-width:1000px;margin:0 auto;padding:24px 20px 64px}
    h1{font-size:28px;margin:0 0 4px}h2{font-size:20px;margin:40px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
    .lead{font-size:17px;margin:0 0 8px}p{max-width:76ch}
    nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 0}
    a{color:var(--link)}
    .note{border-left:4px solid var(--bad);padding:6px 12px;background:var(--stripe)}
    .table{overflow-x:auto;margin:20px 0 0}
    table{border-collapse:collapse;font-size:13px;line-height:1.35;min-width:60%;font-variant-numeric:tabular-nums}
    caption{text-align:left;max-width:900px;padding:0 0 8px;font-size:13.5px;line-height:1.45}
    th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:top}
    thead th{border-bottom:1.5px solid var(--axis);border-top:1.5px solid var(--axis);font-weight:600}
    tbody th{font-weight:600;white-space:nowrap}
    tbody tr{border-bottom:1px solid var(--line)}tbody tr:last-child{border-bottom:1.5px solid var(--axis)}
    .verdicts tbody th{white-space:normal;min-width:110px}.verdicts td:nth-child(4){color:var(--axis)}
    .verdicts td span{white-space:nowrap;font-weight:600}
    .supported{color:var(--good)}.not-supported{color:var(--bad)}.undecided{color:var(--open)}
    .files{font-size:12.5px;margin:4px 0 0}.files a{text-decoration:none}
    figure{margin:28px 0 0}figure svg{display:block;width:100%;height:auto}
    figcaption{font-size:13.5px;line-height:1.45;max-width:900px;margin-top:6px}
    @media print{main{max-width:none;padding:0}body{font-size:10.5pt}nav,.files{display:none}figure,tr{break-inside:avoid}
    h2{break-after:avoid}table{font-size:8pt}caption,figcaption{font-size:9pt}.table{overflow:visible}}
    """
}
