//! Which nodes a visitor reaches, in which order.

use expect_test::expect;

use super::*;

#[derive(Default)]
struct Names(Vec<String>);

impl<'s> Visit<'s> for Names {
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        if let SegmentKind::Name(name) = segment.kind {
            self.0.push(name.to_owned());
        }
        walk_segment(self, segment);
    }
}

#[test]
fn a_visitor_reaches_every_node_in_the_order_of_the_text() {
    let text =
        "not (a/any(x:x/b eq [c,{\"k\":d}]) or f(p=e)/$filter(g eq 1)/h in (i)) and cast(j,Edm.String) eq -k";
    let mut names = Names::default();
    names.visit_expr(&crate::parse_filter(text).unwrap());
    assert_eq!(names.0.join(" "), "a x b c d e g h i j k");
}

#[test]
fn a_visitor_reaches_every_node_of_a_request() {
    let text = "a/c?$select=d($filter=e)&$expand=f($orderby=g desc;$expand=h/$count($filter=i))&$compute=j mul k as z\
        &$apply=filter(l)/groupby((m,rollup(n,o)),aggregate(p with sum from q with max as z))/concat(topcount(r,s),identity)\
        /addnested(t,compute(u as z) as z)/join(v as z,orderby(w))/ancestors($root/x,y,aa,filter(bb))\
        &$orderby=cc/$count($filter=dd),$these/aggregate(ee with sum)&@p=ff";
    let text = crate::RequestText::new(text);
    let mut names = Names::default();
    names.visit_request(&crate::parse_request(&text, &crate::ParseOptions::default()).unwrap());
    assert_eq!(names.0.join(" "), "a c d e f g h i j k l m n o p q r s t u v w x y aa bb cc dd $these ee ff");
}

/// Writes down which method is called for which part of the text.
struct Log<'t> {
    text: &'t str,
    lines: Vec<String>,
}

impl Log<'_> {
    fn add(&mut self, method: &str, span: dvkit_diagnostic::Span) {
        self.lines.push(format!("{method} {}", span.of(self.text)));
    }
}

impl<'s> Visit<'s> for Log<'_> {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        self.add("expr", expr.span);
        walk_expr(self, expr);
    }
    fn visit_literal(&mut self, literal: &Literal<'s>) {
        self.lines.push(format!("literal {}", literal.text));
    }
    fn visit_placeholder(&mut self, placeholder: &Placeholder<'s>) {
        self.lines.push(format!("placeholder {}", placeholder.text));
    }
    fn visit_unary(&mut self, unary: &Unary<'s>) {
        self.lines.push("unary".to_owned());
        walk_unary(self, unary);
    }
    fn visit_binary(&mut self, binary: &Binary<'s>) {
        self.lines.push("binary".to_owned());
        walk_binary(self, binary);
    }
    fn visit_path(&mut self, path: &Path<'s>) {
        self.lines.push(format!("path of {}", path.segments.len()));
        walk_path(self, path);
    }
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        self.add("segment", segment.span);
        walk_segment(self, segment);
    }
    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        self.lines.push(format!("lambda {}", lambda.variable));
        walk_lambda(self, lambda);
    }
    fn visit_call(&mut self, call: &Call<'s>) {
        self.lines.push(format!("call {}", call.name));
        walk_call(self, call);
    }
    fn visit_argument(&mut self, argument: &Argument<'s>) {
        self.lines.push("argument".to_owned());
        walk_argument(self, argument);
    }
    fn visit_member(&mut self, member: &Member<'s>) {
        self.lines.push("member".to_owned());
        walk_member(self, member);
    }
    fn visit_request(&mut self, request: &Request<'s>) {
        self.lines.push("request".to_owned());
        walk_request(self, request);
    }
    fn visit_option(&mut self, option: &QueryOption<'s>) {
        self.lines.push(format!("option {}", option.name));
        walk_option(self, option);
    }
    fn visit_item(&mut self, item: &Item<'s>) {
        self.lines.push("item".to_owned());
        walk_item(self, item);
    }
    fn visit_order_item(&mut self, item: &OrderItem<'s>) {
        self.lines.push("order item".to_owned());
        walk_order_item(self, item);
    }
    fn visit_compute_item(&mut self, item: &ComputeItem<'s>) {
        self.lines.push("compute item".to_owned());
        walk_compute_item(self, item);
    }
    fn visit_transformation(&mut self, transformation: &Transformation<'s>) {
        self.lines.push("transformation".to_owned());
        walk_transformation(self, transformation);
    }
    fn visit_aggregation(&mut self, aggregation: &Aggregation<'s>) {
        self.lines.push("aggregation".to_owned());
        walk_aggregation(self, aggregation);
    }
    fn visit_group_key(&mut self, key: &GroupKey<'s>) {
        self.lines.push("group key".to_owned());
        walk_group_key(self, key);
    }
    fn visit_apply_argument(&mut self, argument: &ApplyArgument<'s>) {
        self.lines.push("apply argument".to_owned());
        walk_apply_argument(self, argument);
    }
    fn visit_search(&mut self, search: &Search<'s>) {
        self.add("search", search.span);
        walk_search(self, search);
    }
}

#[test]
fn each_node_of_a_request_has_its_method() {
    for (text, expected) in [
        (
            "a(b=1)?$filter=not c eq -d",
            expect![[r#"
            request
            path of 1
            segment a(b=1)
            call a
            argument
            expr 1
            literal 1
            option $filter
            expr not c eq -d
            binary
            expr not c
            unary
            expr c
            path of 1
            segment c
            expr -d
            unary
            expr d
            path of 1
            segment d"#]],
        ),
        (
            "a?$filter=b/any(x:x/c in (1,'e')) or f(g,@p)&@p={\"k\":[true]}",
            expect![[r#"
            request
            path of 1
            segment a
            option $filter
            expr b/any(x:x/c in (1,'e')) or f(g,@p)
            binary
            expr b/any(x:x/c in (1,'e'))
            path of 2
            segment b
            segment any(x:x/c in (1,'e'))
            lambda x
            expr x/c in (1,'e')
            binary
            expr x/c
            path of 2
            segment x
            segment c
            expr (1,'e')
            expr 1
            literal 1
            expr 'e'
            literal 'e'
            expr f(g,@p)
            call f
            argument
            expr g
            path of 1
            segment g
            argument
            expr @p
            option @p
            expr {"k":[true]}
            member
            expr [true]
            expr true
            literal true"#]],
        ),
        (
            "a?$search=(b AND \"c d\") OR NOT e f",
            expect![[r#"
            request
            path of 1
            segment a
            option $search
            search (b AND "c d") OR NOT e f
            search (b AND "c d")
            search b AND "c d"
            search b
            search "c d"
            search NOT e f
            search NOT e
            search e
            search f"#]],
        ),
        (
            "a?$select=b,c($top=1;$skip=2)&$expand=d($levels=3;$count=true),e/$ref&$index=4",
            expect![[r#"
            request
            path of 1
            segment a
            option $select
            item
            path of 1
            segment b
            item
            path of 1
            segment c
            option $top
            expr 1
            literal 1
            option $skip
            expr 2
            literal 2
            option $expand
            item
            path of 1
            segment d
            option $levels
            expr 3
            literal 3
            option $count
            expr true
            literal true
            item
            path of 2
            segment e
            segment $ref
            option $index
            expr 4
            literal 4"#]],
        ),
        (
            "a?$orderby=b desc,c&$compute=d add 1 as e&$format=json&f=g",
            expect![[r#"
            request
            path of 1
            segment a
            option $orderby
            order item
            expr b
            path of 1
            segment b
            order item
            expr c
            path of 1
            segment c
            option $compute
            compute item
            expr d add 1
            binary
            expr d
            path of 1
            segment d
            expr 1
            literal 1
            option $format
            option f"#]],
        ),
        (
            "a?$apply=filter(b eq 1)/groupby((c,rollup(d,e)),aggregate(f with sum as g))",
            expect![[r#"
            request
            path of 1
            segment a
            option $apply
            transformation
            expr b eq 1
            binary
            expr b
            path of 1
            segment b
            expr 1
            literal 1
            transformation
            group key
            path of 1
            segment c
            group key
            path of 1
            segment d
            path of 1
            segment e
            transformation
            aggregation
            expr f
            path of 1
            segment f"#]],
        ),
        (
            "a?$apply=concat(top(1),skip(2))/search(b)/orderby(c)/compute(d as e)/identity",
            expect![[r#"
            request
            path of 1
            segment a
            option $apply
            transformation
            transformation
            expr 1
            literal 1
            transformation
            expr 2
            literal 2
            transformation
            search b
            transformation
            order item
            expr c
            path of 1
            segment c
            transformation
            compute item
            expr d
            path of 1
            segment d
            transformation"#]],
        ),
        (
            "a?$apply=addnested(b,compute(j as k) as c)/join(d as e,orderby(l))/ancestors($root/f,g,h,filter(i),1,keep start)",
            expect![[r#"
                request
                path of 1
                segment a
                option $apply
                transformation
                path of 1
                segment b
                transformation
                compute item
                expr j
                path of 1
                segment j
                transformation
                path of 1
                segment d
                transformation
                order item
                expr l
                path of 1
                segment l
                transformation
                apply argument
                expr $root/f
                path of 2
                segment $root
                segment f
                apply argument
                expr g
                path of 1
                segment g
                apply argument
                expr h
                path of 1
                segment h
                apply argument
                transformation
                expr i
                path of 1
                segment i
                apply argument
                expr 1
                literal 1
                apply argument"#]],
        ),
        (
            "a/b/$count?$filter=c/$count($filter=d;$search=e) gt 1",
            expect![[r#"
            request
            path of 3
            segment a
            segment b
            segment $count
            option $filter
            expr c/$count($filter=d;$search=e) gt 1
            binary
            expr c/$count($filter=d;$search=e)
            path of 2
            segment c
            segment $count($filter=d;$search=e)
            option $filter
            expr d
            path of 1
            segment d
            option $search
            search e
            expr 1
            literal 1"#]],
        ),
    ] {
        let given = crate::RequestText::new(text);
        let parsed = crate::parse_request(&given, &crate::ParseOptions::default()).unwrap();
        let mut log = Log { text, lines: Vec::new() };
        log.visit_request(&parsed);
        expected.assert_eq(&log.lines.join("\n"));
    }
    let options = crate::ParseOptions { placeholders: true, ..crate::ParseOptions::default() };
    let text = "a eq {b} and c/{d} eq '{e}'";
    let parsed = crate::parse_filter_recovering(text, &options);
    let mut log = Log { text, lines: Vec::new() };
    log.visit_expr(&parsed.expr);
    expect![[r#"
        expr a eq {b} and c/{d} eq '{e}'
        binary
        expr a eq {b}
        binary
        expr a
        path of 1
        segment a
        expr {b}
        placeholder {b}
        expr c/{d} eq '{e}'
        binary
        expr c/{d}
        path of 2
        segment c
        segment {d}
        placeholder {d}
        expr '{e}'
        placeholder {e}"#]]
    .assert_eq(&log.lines.join("\n"));
}
