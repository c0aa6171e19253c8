;; The world of hello.wit, written by hand in the component text format.
(component
  (core module $hello
    (memory (export "memory") 1)

    ;; 0: where greet leaves its result, a pointer and a length. 8: the text. 16: the heap, empty between two calls.
    (data (i32.const 8) "Hello, ")
    (global $free (mut i32) (i32.const 16))

    (func $realloc (export "cabi_realloc")
      (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local $missing i32)
      ;; $free, rounded up to a multiple of $align, a power of two
      (local.set $new
        (i32.and
          (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $new) (local.get $size)))
      (local.set $missing (i32.sub (global.get $free) (i32.shl (memory.size) (i32.const 16))))
      (if (i32.gt_s (local.get $missing) (i32.const 0))
        (then
          (if (i32.eq (i32.const -1)
                (memory.grow (i32.shr_u (i32.add (local.get $missing) (i32.const 0xffff)) (i32.const 16))))
            (then (unreachable)))))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $new))

    (func (export "greet") (param $name i32) (param $length i32) (result i32)
      (local $text i32)
      (local.set $text
        (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.add (local.get $length) (i32.const 8))))
      (memory.copy (local.get $text) (i32.const 8) (i32.const 7))
      (memory.copy (i32.add (local.get $text) (i32.const 7)) (local.get $name) (local.get $length))
      (i32.store8 offset=7 (i32.add (local.get $text) (local.get $length)) (i32.const 0x21)) ;; "!"
      (i32.store (i32.const 0) (local.get $text))
      (i32.store (i32.const 4) (i32.add (local.get $length) (i32.const 8)))
      (i32.const 0))

    ;; The caller has copied the result: forget it and the argument.
    (func (export "cabi_post_greet") (param i32)
      (global.set $free (i32.const 16))))

  (core instance $instance (instantiate $hello))
  (func (export "greet") (param "name" string) (result string)
    (canon lift (core func $instance "greet")
      (memory (core memory $instance "memory"))
      (realloc (core func $instance "cabi_realloc"))
      (post-return (core func $instance "cabi_post_greet"))
      string-encoding=utf8)))
