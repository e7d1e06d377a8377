-- long equal texts compared for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = ("x"):rep(239), ("x"):rep(230)
    b = b .. ("x"):rep(9)
    while a == b do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
