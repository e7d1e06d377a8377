-- long texts compared in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = ("x"):rep(230), ("x"):rep(229) .. "y"
    while true do local less = a < b end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
