/// The style of every report.
enum PageStyle {
  static let rules =
    layout + ColourRamp.rules(above: .light, below: .lightNegative)
    + "@media (prefers-color-scheme:dark){:root{\(dark)}"
    + ColourRamp.rules(above: .dark, below: .darkNegative) + "}"
    // Paper is light, whatever the screen is.
    + "@media print{:root{\(light)}"
    + ColourRamp.rules(above: .light, below: .lightNegative) + print + "}"

  private static let light = """
    color-scheme:light;--ground:#fff;--raised:#f6f7f9;--text:#1a1e24;--dim:#59626e;\
    --line:#dfe3e8;--accent:#1d5fa6;--below:#a04f07;--warning:#7a4a00;--warning-ground:#fff6e5;\
    --faint:#8fb0d3
    """

  private static let dark = """
    color-scheme:dark;--ground:#14181e;--raised:#1b2028;--text:#e4e7eb;--dim:#9aa5b3;\
    --line:#303843;--accent:#86b8ef;--below:#e0a767;--warning:#f0b565;--warning-ground:#2b2417;\
    --faint:#46688f
    """

  private static let layout = """
    :root{\(light)}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0 auto;padding:1.5rem clamp(1rem,4vw,3rem) 4rem;max-width:80rem;\
    background:var(--ground);color:var(--text);\
    font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;\
    font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    header{border-bottom:1px solid var(--line);margin-bottom:1.25rem}
    .brand{margin:0;font-size:.85rem;font-weight:600}
    h1{margin:.1rem 0 .9rem;font-size:1.6rem;line-height:1.25;font-weight:650}
    h2{margin:2.5rem 0 .6rem;font-size:1.2rem;font-weight:650}
    h3{margin:1.75rem 0 .5rem;font-size:1.05rem;font-weight:650}
    a{color:var(--accent)}
    code{font:.86em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
    .hash{overflow-wrap:anywhere}
    .dim,.unused{color:var(--dim)}
    .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.8rem 1.5rem;\
    margin:0 0 1.25rem}
    .facts .wide{grid-column:1/-1}
    dt{color:var(--dim);font-size:.8rem}
    dd{margin:0}
    .messages{margin:0 0 1rem;padding:.7rem 1rem;border-left:3px solid var(--line);\
    background:var(--raised)}
    .messages.warning{border-color:var(--warning);background:var(--warning-ground)}
    .messages h2,.messages h3{margin:0;font-size:.9rem}
    .messages.warning h2,.messages.warning h3{color:var(--warning)}
    .messages ul{margin:.25rem 0 0;padding-left:1.1rem}
    .scroll{overflow:auto;max-height:85vh;margin:0 0 1.25rem}
    .scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    table{border-collapse:separate;border-spacing:0;font-size:.88rem;line-height:1.35}
    caption{caption-side:top;text-align:left;color:var(--dim);padding:0 0 .5rem;\
    position:sticky;left:0;max-width:min(46rem,calc(100vw - 3rem))}
    caption b{color:var(--text)}
    th,td{padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:baseline;\
    overflow-wrap:break-word;    border-bottom:1px solid var(--line)}
    thead th,thead td{position:sticky;top:0;z-index:2;background:var(--ground);\
    vertical-align:bottom;font-weight:600}
    tbody th,tfoot th{font-weight:500;min-width:7rem;overflow-wrap:anywhere}
    tfoot th,tfoot td{border-top:1px solid var(--dim);font-weight:600}
    tr:last-child>*{border-bottom:0}
    .number{text-align:right;white-space:nowrap;overflow-wrap:normal}
    .text{min-width:11rem;max-width:34rem}
    .full{white-space:pre-wrap}
    .bars{min-width:8rem;width:14rem;vertical-align:middle}
    .bar{display:block;width:100%;height:.8rem}
    .bar .above{fill:var(--accent)}
    .bar .below{fill:var(--below)}
    .bar line{stroke:var(--dim);stroke-width:1;vector-effect:non-scaling-stroke}
    .heat th{font-weight:500}
    .heat tbody td,.heat tfoot td{text-align:right;white-space:nowrap;overflow-wrap:normal;\
    padding:.3rem .45rem;border:1px solid var(--ground);min-width:3.7rem;\
    vertical-align:middle;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    .heat tbody th,.heat tfoot th{border-bottom:0}
    .heat tfoot td{border-top-color:var(--dim)}
    .ranks .number{padding-left:1rem}
    .heat tr>th:first-child{position:sticky;left:0;z-index:1;background:var(--ground);\
    min-width:9rem;max-width:24rem;padding-right:.9rem}
    .heat thead th:first-child{z-index:3}
    .heat thead th:not(:first-child){text-align:right;padding-right:.5rem;max-width:9rem}
    .heat.tall thead th:not(.corner,.number){padding:.3rem 0;width:3.7rem;max-width:3.7rem}
    .heat.tall thead th:not(.corner,.number) span{display:inline-block;writing-mode:vertical-rl;\
    transform:rotate(180deg);max-height:12rem;white-space:nowrap;line-height:1.2;text-align:left;\
    vertical-align:bottom}
    .heat.tall thead th:not(.corner,.number){text-align:center}
    .zero{color:var(--dim)}
    .legend{display:inline-flex;align-items:center;gap:.45rem;white-space:nowrap;margin-left:.4rem}
    .swatches{display:inline-flex;border:1px solid var(--line)}
    .swatches i{width:.85rem;height:.7rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    figure{margin:0 0 1rem}
    figcaption{color:var(--dim);font-size:.88rem;max-width:46rem}
    .chart{display:block;width:100%;max-width:44rem;height:auto}
    .chart .grid{stroke:var(--line)}
    .chart .axis{fill:var(--dim);font-size:12px}
    .chart polyline{fill:none;stroke-linejoin:round}
    .chart .block{stroke:var(--faint);stroke-width:.8}
    .chart .all{stroke:var(--accent);stroke-width:2.6}
    .limit{color:var(--dim);font-size:.88rem;margin:-.6rem 0 1.25rem}
    details{margin:0 0 1.25rem}
    summary{cursor:pointer;font-weight:600;padding:.25rem 0}
    details.target{border-top:1px solid var(--line);margin:0}
    details.target>summary{padding:.6rem 0}
    details.target>div{padding:.25rem 0 1.5rem}
    .failed>*{background:var(--warning-ground)}
    @media (max-width:30rem){body{padding-top:1rem}.bars{min-width:5rem;width:6rem}\
    .facts{grid-template-columns:repeat(2,1fr)}\
    .heat tr>th:first-child{min-width:7rem;max-width:40vw}}

    """

  private static let print = """
    body{max-width:none;padding:0;font-size:10pt}
    .scroll{overflow:visible;max-height:none}
    thead th,thead td,.heat tr>th:first-child,caption{position:static}
    thead{display:table-header-group}
    tfoot{display:table-row-group}
    tr,figure,.facts div{break-inside:avoid}
    h2,h3,caption{break-after:avoid}
    details::details-content{content-visibility:visible;height:auto}
    """
}
