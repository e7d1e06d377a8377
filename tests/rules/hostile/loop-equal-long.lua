-- long equal texts compared for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = ("x"):rep(511), ("x"):rep(500)
    b = b .. "xxxxxxxxxxx"
    while a == b do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
