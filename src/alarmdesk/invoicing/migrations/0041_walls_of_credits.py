"""Walls around credits; that none reaches beyond its line, its invoice or itself is PostgreSQL's word."""

from django.db import migrations

from alarmdesk.company.walls import InsertOnly, Wall

# both documents are locked in the order of their ids before either sum moves, so that two applications at once queue
# up; the checks of invoicing_invoice refuse more than the credit or than is due
APPLY = """
create function alarmdesk_apply_credit() returns trigger language plpgsql as $$
begin
    perform from invoicing_invoice where company_id = new.company_id and id in (new.credit_id, new.invoice_id)
        order by id for no key update;
    if new.reverses_id is not null and not exists (
        select from invoicing_creditapplication
        where company_id = new.company_id and id = new.reverses_id and amount = -new.amount
          and credit_id = new.credit_id and invoice_id = new.invoice_id
    ) then
        raise exception 'a reversal takes back the whole row that it names' using errcode = 'check_violation';
    end if;
    update invoicing_invoice set used = used + new.amount
    where company_id = new.company_id and id = new.credit_id
      and (new.amount < 0 or (type = 'credit' and voided_at is null));
    if not found then
        raise exception 'only a credit in force can be applied' using errcode = 'check_violation';
    end if;
    update invoicing_invoice set paid = paid + new.amount, credited = credited + new.amount
    where company_id = new.company_id and id = new.invoice_id
      and (new.amount < 0 or (type = 'invoice' and voided_at is null and customer_id = (
        select customer_id from invoicing_invoice where company_id = new.company_id and id = new.credit_id)));
    if not found then
        raise exception 'only an invoice in force of the same customer can be credited'
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger apply_credit after insert on invoicing_creditapplication for each row
    execute function alarmdesk_apply_credit();
"""

# what credits in force have taken back is summed up under the invoice's lock; the lines of one credit come in one
# statement, so that a discount counts together with what it was given on
REVERSE = """
create function alarmdesk_reverse_line() returns trigger language plpgsql as $$
declare
    of_line record;
    taken record;
    total numeric;
begin
    select i.total into total from invoicing_invoice i
    join invoicing_invoice c on c.company_id = i.company_id and c.id = new.credit_id
    where i.company_id = new.company_id and i.id = new.invoice_id and i.type = 'invoice' and i.voided_at is null
      and c.type = 'credit' and c.customer_id = i.customer_id for no key update of i;
    if not found then
        raise exception 'a credit takes back lines of an invoice in force of its customer'
            using errcode = 'check_violation';
    end if;
    if not exists (
        select from invoicing_invoiceline l
        where l.company_id = new.company_id and l.id = new.credit_line_id and l.invoice_id = new.credit_id
          and l.amount = new.amount and new.tax = (
            select coalesce(sum(t.amount), 0) from invoicing_linetax t
            where t.company_id = l.company_id and t.line_id = l.id)
    ) then
        raise exception 'a reversal is what stands on the line of its credit' using errcode = 'check_violation';
    end if;
    select l.amount, (
        select coalesce(sum(t.amount), 0) from invoicing_linetax t where t.company_id = l.company_id and t.line_id = l.id
    ) as tax into of_line
    from invoicing_invoiceline l
    where l.company_id = new.company_id and l.id = new.line_id and l.invoice_id = new.invoice_id;
    select coalesce(sum(r.amount), 0) as amount, coalesce(sum(r.tax), 0) as tax into taken
    from invoicing_linereversal r
    join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id and c.voided_at is null
    where r.company_id = new.company_id and r.line_id = new.line_id;
    if of_line is null
       or taken.amount not between least(0, of_line.amount) and greatest(0, of_line.amount)
       or taken.tax not between least(0, of_line.tax) and greatest(0, of_line.tax)
       or exists (
        select from invoicing_linereversal r
        join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id and c.voided_at is null
        join invoicing_linetax t on t.company_id = r.company_id and t.line_id = r.credit_line_id
        where r.company_id = new.company_id and r.line_id = new.line_id
        group by t.name
        having abs(sum(t.amount)) > coalesce((
            select abs(o.amount) from invoicing_linetax o
            where o.company_id = new.company_id and o.line_id = new.line_id and o.name = t.name), 0)
    ) then
        raise exception 'more than the line' using errcode = 'check_violation',
            constraint = 'invoicing_no_more_than_the_line';
    end if;
    select coalesce(sum(r.amount + r.tax), 0) as amount into taken
    from invoicing_linereversal r
    join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id and c.voided_at is null
    where r.company_id = new.company_id and r.invoice_id = new.invoice_id;
    if taken.amount > total then
        raise exception 'more than the invoice' using errcode = 'check_violation',
            constraint = 'invoicing_no_more_than_the_invoice';
    end if;
    return null;
end $$;
create trigger reverse_line after insert on invoicing_linereversal
    for each row execute function alarmdesk_reverse_line();
"""

# an invoice of which a credit in force takes something back stays in force
KEEP = """
create function alarmdesk_refuse_void_of_credited() returns trigger language plpgsql as $$
begin
    if exists (
        select from invoicing_linereversal r
        join invoicing_invoice c on c.company_id = r.company_id and c.id = r.credit_id and c.voided_at is null
        where r.company_id = new.company_id and r.invoice_id = new.id
    ) then
        raise exception 'a credit takes back lines of the invoice' using errcode = 'check_violation',
            constraint = 'invoicing_no_void_of_credited';
    end if;
    return new;
end $$;
create trigger refuse_void_of_credited before update of voided_at on invoicing_invoice for each row
    when (old.voided_at is null and new.voided_at is not null and new.type = 'invoice')
    execute function alarmdesk_refuse_void_of_credited();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0040_credits")]

    operations = [
        Wall("LineReversal"),
        InsertOnly("LineReversal"),
        Wall("CreditApplication"),
        InsertOnly("CreditApplication"),
        migrations.RunSQL(APPLY + REVERSE + KEEP),
    ]
